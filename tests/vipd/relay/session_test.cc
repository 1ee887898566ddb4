#include "vipd/relay/session.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/vipd/relay/fake_connection.h"

namespace vipd {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// A session between two fake connections, driven as the worker would.
class SessionTest : public testing::Test {
 protected:
  SessionTest() { session_.socket(End::Backend) = FakeSocket(backend_); }

  Outcome settle() {
    Outcome outcome = Outcome::Wait;
    while (outcome == Outcome::Wait || outcome == Outcome::Again) {
      const auto client = client_.poll();
      const auto backend = backend_.poll();
      if (!client && !backend && outcome == Outcome::Wait) break;
      if (client) session_.notice(End::Client, *client);
      if (backend) session_.notice(End::Backend, *backend);
      outcome = session_.run(work_);
    }
    return outcome;
  }
  static std::string received(FakeConnection& connection) {
    const auto bytes = connection.peer_receive(SIZE_MAX);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  FakeConnection client_{10};
  FakeConnection backend_{10};
  std::vector<std::byte> scratch_ = std::vector<std::byte>(1000);
  BufferPool pool_;
  FakePipes pipes_;
  Workspace<FakeSocket> work_{scratch_, pool_, pipes_, 256 * 1024};
  Session<FakeSocket> session_{FakeSocket(client_)};
};

TEST_F(SessionTest, HoldsNothingBetweenRequests) {
  client_.peer_send(bytes_of("question"));
  EXPECT_EQ(settle(), Outcome::Wait);
  EXPECT_EQ(received(backend_), "question");
  backend_.peer_send(bytes_of("answer"));
  EXPECT_EQ(settle(), Outcome::Wait);
  EXPECT_EQ(received(client_), "answer");
  EXPECT_FALSE(session_.holds_bytes());
  EXPECT_EQ(work_.moved[0], 8U);
  EXPECT_EQ(work_.moved[1], 6U);
}

TEST_F(SessionTest, ReadsNoMoreThanTheOtherEndTakes) {
  client_.peer_send(bytes_of("0123456789"));
  settle();
  client_.peer_send(bytes_of("abcdefghij"));
  settle();  // The backend's queue is full: ten are kept.
  EXPECT_TRUE(session_.holds_bytes());
  client_.peer_send(bytes_of("ABCDEFGHIJ"));
  settle();
  EXPECT_EQ(client_.peer_send(bytes_of("x")), 0U) << "these must stay in the client's queue";
  EXPECT_EQ(received(backend_), "0123456789");
  settle();
  EXPECT_EQ(received(backend_), "abcdefghij");
  settle();
  EXPECT_EQ(received(backend_), "ABCDEFGHIJ");
  EXPECT_FALSE(session_.holds_bytes());
}

TEST_F(SessionTest, IsLostWhenThereIsNoMemoryForWhatASlowReaderLeaves) {
  pool_.let_grow(false);
  client_.peer_send(bytes_of("0123456789"));
  EXPECT_EQ(settle(), Outcome::Wait) << "the backend takes it all";
  client_.peer_send(bytes_of("abcdefghij"));
  EXPECT_EQ(settle(), Outcome::Lost);
}

TEST_F(SessionTest, TakesTurnsWhenThereIsMuchToDo) {
  work_.budget = 4;
  scratch_.resize(2);
  work_.scratch = scratch_;
  client_.peer_send(bytes_of("0123456789"));
  session_.notice(End::Client, *client_.poll());
  EXPECT_EQ(session_.run(work_), Outcome::Again);
  EXPECT_EQ(received(backend_), "0123");
  EXPECT_EQ(session_.run(work_), Outcome::Again);
  EXPECT_EQ(session_.run(work_), Outcome::Wait);
  EXPECT_EQ(received(backend_), "456789");
}

TEST_F(SessionTest, GoesThroughAPipeOnceReadsAreFull) {
  pipes_ = FakePipes(6);
  scratch_.resize(2);
  work_.scratch = scratch_;
  work_.budget = 4;
  client_.peer_send(bytes_of("0123456789"));
  session_.notice(End::Client, *client_.poll());
  EXPECT_EQ(session_.run(work_), Outcome::Again);
  EXPECT_EQ(pipes_.taken(), 0) << "after two full reads";
  EXPECT_EQ(session_.run(work_), Outcome::Again);
  EXPECT_EQ(pipes_.taken(), 1) << "the other six at once";
  EXPECT_EQ(received(backend_), "0123456789");
  EXPECT_FALSE(session_.holds_bytes());
}

TEST_F(SessionTest, KeepsAPipeUntilTheOtherEndHasTakenWhatIsInIt) {
  pipes_ = FakePipes(6);
  scratch_.resize(2);
  work_.scratch = scratch_;
  client_.peer_send(bytes_of("0123456789"));
  settle();
  client_.peer_send(bytes_of("abcdef"));
  client_.peer_end();
  settle();
  EXPECT_TRUE(session_.holds_bytes());
  EXPECT_EQ(received(backend_), "0123456789");
  settle();
  EXPECT_EQ(received(backend_), "abcdef");
  EXPECT_TRUE(backend_.peer_sees_end());
  EXPECT_FALSE(session_.holds_bytes());
}

TEST_F(SessionTest, GoesOnThroughAPipeAfterAPause) {
  pipes_ = FakePipes(6);
  scratch_.resize(2);
  work_.scratch = scratch_;
  client_.peer_send(bytes_of("0123456789"));
  settle();
  EXPECT_EQ(pipes_.taken(), 2) << "for six, and to learn that nothing is left";
  EXPECT_EQ(received(backend_), "0123456789");
  client_.peer_send(bytes_of("abcd"));
  settle();
  EXPECT_EQ(pipes_.taken(), 4);
  EXPECT_EQ(received(backend_), "abcd");
}

TEST_F(SessionTest, CopiesWhenThereIsNoPipe) {
  scratch_.resize(2);
  work_.scratch = scratch_;
  client_.peer_send(bytes_of("0123456789"));
  settle();
  EXPECT_EQ(received(backend_), "0123456789");
}

TEST_F(SessionTest, PassesFinOnInItsOwnDirectionOnly) {
  client_.peer_end();
  EXPECT_EQ(settle(), Outcome::Wait);
  EXPECT_TRUE(backend_.peer_sees_end());
  EXPECT_FALSE(client_.peer_sees_end());
  backend_.peer_send(bytes_of("late"));
  settle();
  EXPECT_EQ(received(client_), "late");
  backend_.peer_end();
  EXPECT_EQ(settle(), Outcome::Finished);
}

TEST_F(SessionTest, LetsAResetOvertakeWhatNobodyTakes) {
  client_.peer_send(bytes_of("0123456789"));
  settle();
  client_.peer_send(bytes_of("more"));
  settle();
  client_.peer_reset();
  EXPECT_EQ(settle(), Outcome::ClientReset);
  EXPECT_EQ(received(backend_), "0123456789");
}

// The write that meets the reset takes the error away, and the read after it would see an end.
TEST_F(SessionTest, TakesAResetFoundByAWriteForNoFin) {
  backend_.peer_send(bytes_of("last words"));
  backend_.peer_reset();
  client_.peer_send(bytes_of("x"));
  session_.notice(End::Client, *client_.poll());
  EXPECT_EQ(session_.run(work_), Outcome::BackendReset);
  EXPECT_EQ(received(client_), "last words");
  EXPECT_EQ(client_.shutdowns(), 0);
}

TEST_F(SessionTest, NoticesAResetAfterFin) {
  client_.peer_end();
  settle();
  client_.peer_reset();
  EXPECT_EQ(settle(), Outcome::ClientReset);
}

TEST_F(SessionTest, ReadsOnBehindAnUrgentMark) {
  client_.peer_send(bytes_of("abc"));
  client_.peer_mark_urgent();
  client_.peer_send(bytes_of("def"));
  client_.peer_end();
  settle();
  EXPECT_EQ(received(backend_), "abcdef");
  EXPECT_TRUE(backend_.peer_sees_end());
}

}  // namespace
}  // namespace vipd
