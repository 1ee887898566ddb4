#include "dnsd/server/tcp_framer.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace dnsd {
namespace {

using Octets = std::vector<std::uint8_t>;

Octets message_of(std::size_t size) {
  Octets message(size);
  std::iota(message.begin(), message.end(), std::uint8_t{1});
  return message;
}

void add_framed(const Octets& message, Octets& stream) {
  stream.push_back(static_cast<std::uint8_t>(message.size() >> 8));
  stream.push_back(static_cast<std::uint8_t>(message.size()));
  stream.insert(stream.end(), message.begin(), message.end());
}

void take_all(TcpFramer& framer, std::vector<Octets>& taken) {
  while (const auto message = framer.next()) taken.emplace_back(message->begin(), message->end());
}

std::span<const std::uint8_t> part(const Octets& stream, std::size_t from, std::size_t to) {
  return std::span(stream).subspan(from, to - from);
}

TEST(TcpFramer, FindsTheSameMessagesHoweverTheStreamIsCutInThree) {
  const std::vector<Octets> sent{message_of(3), message_of(0), message_of(300), message_of(1)};
  Octets stream;
  for (const Octets& message : sent) add_framed(message, stream);
  for (std::size_t first = 0; first <= stream.size(); ++first) {
    for (std::size_t second = first; second <= stream.size(); ++second) {
      TcpFramer framer;
      std::vector<Octets> taken;
      for (const auto octets : {part(stream, 0, first),
                                part(stream, first, second),
                                part(stream, second, stream.size())}) {
        framer.append(octets);
        take_all(framer, taken);
      }
      ASSERT_EQ(taken, sent) << "cut at " << first << " and " << second;
      ASSERT_TRUE(framer.empty());
    }
  }
}

TEST(TcpFramer, TakesTheLargestMessageOctetByOctet) {
  const Octets sent = message_of(65535);
  Octets stream;
  add_framed(sent, stream);
  TcpFramer framer;
  for (const std::uint8_t octet : stream) {
    EXPECT_FALSE(framer.has_message());
    framer.append({&octet, 1});
  }
  const auto message = framer.next();
  ASSERT_TRUE(message);
  EXPECT_EQ(Octets(message->begin(), message->end()), sent);
}

TEST(TcpFramer, KeepsMessagesThatAreNotTakenYet) {
  Octets stream;
  add_framed(message_of(5), stream);
  add_framed(message_of(6), stream);
  TcpFramer framer;
  framer.append(stream);
  ASSERT_EQ(framer.next()->size(), 5U);
  framer.append(stream);
  EXPECT_TRUE(framer.has_message());
  EXPECT_EQ(framer.next()->size(), 6U);
  EXPECT_EQ(framer.next()->size(), 5U);
  EXPECT_EQ(framer.next()->size(), 6U);
  EXPECT_FALSE(framer.next());
  EXPECT_TRUE(framer.empty());
}

TEST(TcpFramer, TellsHalfALengthFromNothing) {
  TcpFramer framer;
  EXPECT_TRUE(framer.empty());
  framer.append(Octets{0});
  EXPECT_FALSE(framer.next());
  EXPECT_FALSE(framer.empty());
}

}  // namespace
}  // namespace dnsd
