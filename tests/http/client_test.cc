#include "http/client.h"

#include <gmock/gmock.h>

#include "tests/http/loop.h"

namespace http {
namespace {

using common::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using namespace std::chrono_literals;

/// A client's view of one exchange with a peer that the test plays by hand.
class Client : public testing::Test {
 protected:
  void start(Request request = {}, FetchOptions options = {}) {
    operation_ = fetch(io_, local_url(server_.port()), std::move(request), options, [this](auto r) {
      ++calls_;
      result_ = std::move(r);
    });
  }
  RawPeer& peer() {
    run_until(io_, [this] {
      return !server_.peers.empty() &&
             server_.peers.back().heard().find("\r\n\r\n") != std::string::npos;
    });
    return server_.peers.back();
  }
  void await_result() {
    run_until(io_, [this] { return calls_ > 0; });
    settle(io_);
    EXPECT_EQ(calls_, 1);
  }
  std::string place() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  std::string error() {
    await_result();
    return result_ ? "no error" : result_.error().message;
  }

  boost::asio::io_context io_;
  RawServer server_{io_};
  int calls_ = 0;
  common::Expected<Response> result_;
  std::unique_ptr<Operation> operation_;
};

TEST_F(Client, SendsTheRequestExactly) {
  start({.method = "POST",
         .target = "/v2/apps?force=true",
         .headers = {{"accept", "application/json"}, {"X-1", "a"}},
         .body = "{}"});
  EXPECT_EQ(peer().heard(),
            "POST /v2/apps?force=true HTTP/1.1\r\nHost: " + place() +
                "\r\naccept: application/json\r\nX-1: a\r\nConnection: close\r\n"
                "Content-Length: 2\r\n\r\n{}");
}

TEST_F(Client, DeliversStatusHeadersInOrderAndBody) {
  start();
  peer().say("HTTP/1.1 409 Conflict\r\nx-A: 1\r\nB: 2\r\nX-a: 3\r\nContent-Length: 4\r\n\r\nbusy");
  await_result();
  ASSERT_TRUE(result_);
  EXPECT_EQ(result_->status, 409);
  EXPECT_THAT(
      result_->headers,
      ElementsAre(Pair("x-A", "1"), Pair("B", "2"), Pair("X-a", "3"), Pair("Content-Length", "4")));
  EXPECT_EQ(result_->body, "busy");
}

TEST_F(Client, DecodesChunksWhereverTheyAreCut) {
  start();
  for (const char byte : std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "3;x=y\r\nabc\r\n1\r\nd\r\n0\r\n\r\n")) {
    peer().say({&byte, 1});
    settle(io_);
  }
  await_result();
  EXPECT_EQ(result_.value().body, "abcd");
}

TEST_F(Client, TakesABodyThatEndsWithTheConnection) {
  start();
  peer().say("HTTP/1.0 200 OK\r\n\r\nabc");
  peer().close();
  await_result();
  EXPECT_EQ(result_.value().body, "abc");
}

TEST_F(Client, ExpectsNoBodyAfterHead) {
  start({.method = "HEAD", .headers = {}, .body = {}});
  peer().say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  await_result();
  EXPECT_EQ(result_.value().status, 200);
}

TEST_F(Client, ReadsTheAnswerOfAPeerThatRefusesTheBodyEarly) {
  start({.method = "POST", .headers = {}, .body = std::string(16 << 20, 'x')});
  peer().say("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n");
  await_result();
  EXPECT_EQ(result_.value().status, 413);
}

TEST_F(Client, NamesThePeerThatRefusedTheConnection) {
  const std::uint16_t unused = [this] {
    const Tcp::acceptor gone(io_, loopback(0));
    return gone.local_endpoint().port();
  }();
  operation_ = fetch(io_, local_url(unused), {}, {}, [this](auto result) {
    ++calls_;
    result_ = std::move(result);
  });
  EXPECT_EQ(calls_, 0) << "called from within fetch()";
  EXPECT_EQ(error(),
            "127.0.0.1:" + std::to_string(unused) + ": cannot connect: Connection refused");
  EXPECT_EQ(result_.error().code, ErrorCode::Unavailable);
}

TEST_F(Client, NamesTheHostThatDoesNotResolve) {
  operation_ = fetch(io_, *Url::parse("http://no..such:80"), {}, {}, [this](auto result) {
    ++calls_;
    result_ = std::move(result);
  });
  EXPECT_THAT(error(), HasSubstr("no..such:80: cannot resolve the name: "));
}

TEST_F(Client, ResolvesNames) {
  operation_ = fetch(io_,
                     *Url::parse("http://localhost:" + std::to_string(server_.port())),
                     {},
                     {},
                     [this](auto result) {
                       ++calls_;
                       result_ = std::move(result);
                     });
  peer().say("HTTP/1.1 204 No Content\r\n\r\n");
  await_result();
  EXPECT_EQ(result_.value().status, 204);
}

TEST_F(Client, GivesUpOnAServerThatNeverAnswers) {
  start({}, {.timeout = 30ms});
  EXPECT_EQ(error(), place() + ": cannot read the answer: not done after 30 ms");
  EXPECT_EQ(result_.error().code, ErrorCode::Timeout);
}

TEST_F(Client, GivesUpOnAServerThatStopsInTheBody) {
  start({}, {.timeout = 30ms});
  peer().say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(error(), place() + ": cannot read the answer: not done after 30 ms");
}

TEST_F(Client, TellsACutBodyFromAWholeOne) {
  start();
  peer().say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  peer().close();
  EXPECT_EQ(
      error(),
      place() + ": cannot read the answer: the peer closed the connection in the middle of it");
}

TEST_F(Client, TellsAConnectionClosedWithoutAnAnswer) {
  start();
  peer().close_half();
  EXPECT_EQ(error(),
            place() + ": cannot read the answer: the peer closed the connection without one");
}

TEST_F(Client, TellsAResetConnection) {
  start();
  peer().reset();
  EXPECT_EQ(error(), place() + ": cannot read the answer: Connection reset by peer");
}

TEST_F(Client, RefusesMalformedAnswers) {
  start();
  peer().say("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  EXPECT_THAT(error(), HasSubstr("cannot read the answer: it is malformed (bad version)"));
  EXPECT_EQ(result_.error().code, ErrorCode::InvalidInput);
}

TEST_F(Client, BoundsTheBodyWhetherAnnouncedOrNot) {
  for (const std::string answer : {"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n",
                                   "HTTP/1.1 200 OK\r\n\r\n12345678901",
                                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                   "8\r\n12345678\r\n8\r\n12345678\r\n"}) {
    calls_ = 0;
    server_.peers.clear();
    start({}, {.max_body = 10});
    peer().say(answer);
    EXPECT_EQ(error(), place() + ": cannot read the answer: its body is larger than 10 bytes");
  }
}

TEST_F(Client, BoundsTheHead) {
  start();
  peer().say("HTTP/1.1 200 OK\r\nX: " + std::string(70000, 'x') + "\r\n\r\n");
  EXPECT_THAT(error(), HasSubstr("it is malformed (header limit exceeded)"));
}

TEST_F(Client, BoundsWhatStandsBetweenChunks) {
  start();
  peer().say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
  const std::string extension(1 << 20, 'x');
  boost::asio::async_write(peer().socket(), boost::asio::buffer(extension), [](auto, auto) {});
  EXPECT_THAT(error(), HasSubstr("cannot read the answer: it is malformed"));
}

TEST_F(Client, SaysNothingOnceDestroyed) {
  start();
  operation_.reset();  // Before the connection is made.
  settle(io_);
  server_.peers.clear();
  start();
  peer();
  operation_.reset();  // While the answer is awaited.
  settle(io_);
  server_.peers.clear();
  start();
  peer().say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  settle(io_);
  operation_.reset();  // In the middle of the answer.
  settle(io_);
  EXPECT_EQ(calls_, 0);
}

TEST_F(Client, SaysNothingWhenDestroyedWithItsAnswerAtTheDoor) {
  std::array<std::unique_ptr<Operation>, 2> operations;
  for (auto& operation : operations) {
    operation = fetch(io_, local_url(server_.port()), {}, {}, [&](auto) {
      ++calls_;
      for (auto& each : operations) each.reset();
    });
  }
  run_until(io_, [this] { return server_.peers.size() == 2; });
  for (RawPeer& each : server_.peers) each.say("HTTP/1.1 204 No Content\r\n\r\n");
  settle(io_);
  EXPECT_EQ(calls_, 1);
}

TEST_F(Client, MayBeDestroyedFromItsOwnCallback) {
  operation_ = fetch(io_, local_url(server_.port()), {}, {}, [this](auto result) {
    operation_.reset();
    ++calls_;
    result_ = std::move(result);
  });
  peer().say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  await_result();
  EXPECT_EQ(result_.value().status, 200);
}

TEST_F(Client, MayStartTheNextExchangeFromItsCallback) {
  operation_ = fetch(io_, local_url(server_.port()), {}, {}, [this](auto) { start(); });
  peer().say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  run_until(io_, [this] { return server_.peers.size() == 2; });
  server_.peers.back().say("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  await_result();
  EXPECT_EQ(result_.value().status, 201);
}

}  // namespace
}  // namespace http
