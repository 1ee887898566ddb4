#include "vipd/server/pipes.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <utility>

namespace vipd {
namespace {

using common::UniqueFd;

std::pair<UniqueFd, UniqueFd> connected_pair() {
  std::array<int, 2> ends;
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

TEST(Pipes, CarryBytesFromOneSocketToAnother) {
  Pipes pipes;
  const auto [from, into] = connected_pair();
  const auto [out, to] = connected_pair();
  ASSERT_EQ(write(from.get(), "hello", 5), 5);
  const Pipes::Lent pipe = pipes.take();
  EXPECT_EQ(pipe->fill_from(into.get()), 5);
  EXPECT_FALSE(pipe->empty());
  EXPECT_EQ(pipe->empty_to(out.get()), 5);
  EXPECT_TRUE(pipe->empty());
  std::array<char, 5> got{};
  EXPECT_EQ(read(to.get(), got.data(), got.size()), 5);
  EXPECT_EQ(std::string(got.data(), got.size()), "hello");
}

TEST(Pipes, TellWhenNothingIsThere) {
  Pipes pipes;
  const auto [from, into] = connected_pair();
  const Pipes::Lent pipe = pipes.take();
  EXPECT_EQ(pipe->fill_from(into.get()), -1);
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_TRUE(pipe->empty());
}

TEST(Pipes, AreLentInBounds) {
  Pipes pipes;
  std::vector<Pipes::Lent> lent;
  for (std::size_t i = 0; i < Pipes::kMost; ++i) lent.push_back(pipes.take());
  EXPECT_TRUE(lent.back());
  EXPECT_FALSE(pipes.take());
  Pipe* const returned = lent.back().get();
  lent.pop_back();
  EXPECT_EQ(pipes.take().get(), returned) << "used again";
}

TEST(Pipes, AreClosedOnRequestWhileNobodyHoldsThem) {
  Pipes pipes;
  const Pipes::Lent held = pipes.take();
  pipes.take();
  const UniqueFd probe(dup(0));  // The lowest number that is free.
  EXPECT_TRUE(pipes.close_spare());
  EXPECT_FALSE(pipes.close_spare());
  const UniqueFd lower(dup(0));
  EXPECT_LT(lower.get(), probe.get()) << "its descriptors are free";
  EXPECT_TRUE(pipes.take());
}

TEST(Pipes, AreNotUsedAgainWithBytesInThem) {
  Pipes pipes;
  const auto [from, into] = connected_pair();
  ASSERT_EQ(write(from.get(), "hello", 5), 5);
  EXPECT_EQ(pipes.take()->fill_from(into.get()), 5);
  EXPECT_TRUE(pipes.take()->empty());
}

}  // namespace
}  // namespace vipd
