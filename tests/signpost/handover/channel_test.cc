#include "signpost/handover/channel.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "tests/signpost/handover/sample.h"

namespace signpost::handover {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kPatience{10000};

class HandoverChannel : public testing::Test {
 protected:
  HandoverChannel() : path_(testing::TempDir() + "gate." + std::to_string(getpid())) {}
  ~HandoverChannel() override { unlink(path_.c_str()); }

  /// Both ends.
  std::pair<Channel, Channel> connect() {
    gate_ = std::move(*open_gate(path_));
    auto near = Channel::connect(path_);
    auto far = Channel::accepted(accept_at(gate_));
    return {std::move(**near), std::move(*far)};
  }

  const std::string path_;
  common::UniqueFd gate_;
};

TEST_F(HandoverChannel, NobodyThereIsNoError) {
  const auto none = Channel::connect(path_);
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value());
}

TEST_F(HandoverChannel, APathLeftBehindIsUsedAgain) {
  { const auto gate = open_gate(path_); }
  EXPECT_FALSE(Channel::connect(path_)->has_value());
  EXPECT_TRUE(open_gate(path_));
}

TEST_F(HandoverChannel, TheGateIsForThisUserOnly) {
  connect();
  struct stat info {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST_F(HandoverChannel, CarriesManyDescriptorsAndBytes) {
  auto [near, far] = connect();
  const auto one = some_descriptor();
  const Letter letter{std::string(3'000'000, 'x'), std::vector<int>(777, one.get())};
  std::thread sender([&] { EXPECT_TRUE(near.send(Kind::Bundle, letter)); });
  const auto got = far.receive(Kind::Bundle, kPatience);
  sender.join();
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->bytes, letter.bytes);
  EXPECT_EQ(got->descriptors.size(), 777U);
}

TEST_F(HandoverChannel, TellsThatTheOtherHasGone) {
  auto [near, far] = connect();
  { const Channel ends = std::move(near); }
  const auto got = far.receive(Kind::Hello, kPatience);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message, "the other process has gone");
}

TEST_F(HandoverChannel, WaitsNoLongerThanItIsTold) {
  auto [near, far] = connect();
  const auto got = far.receive(Kind::Hello, milliseconds(1));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, common::ErrorCode::Timeout);
}

TEST_F(HandoverChannel, RefusesWhatIsOutOfTurn) {
  auto [near, far] = connect();
  ASSERT_TRUE(near.send(Kind::Go));
  EXPECT_FALSE(far.receive(Kind::Hello, kPatience));
}

TEST_F(HandoverChannel, SaysThatAPathIsTooLong) {
  const auto gate = open_gate("/" + std::string(200, 'x'));
  ASSERT_FALSE(gate);
  EXPECT_NE(gate.error().message.find("process.handover_path"), std::string::npos);
}

}  // namespace
}  // namespace signpost::handover
