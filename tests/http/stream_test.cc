#include <gmock/gmock.h>

#include "http/client.h"
#include "tests/http/loop.h"

namespace http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

/// The reading end of an endless response; a test plays the server.
class OpenStream : public testing::Test {
 protected:
  void SetUp() override { open(10s); }

  void open(std::chrono::milliseconds timeout) {
    operation_ = open_stream(
        io_,
        local_url(server_.port(), "/v2/events"),
        {.headers = {{"Accept", "text/event-stream"}}, .body = {}},
        timeout,
        {.on_head = [this](const Response& head) { log_.push_back(std::to_string(head.status)); },
         .on_bytes =
             [this](std::string_view bytes) {
               log_.emplace_back(bytes);
               if (bytes == destroy_at_) operation_.reset();
             },
         .on_end = [this](const common::Error& why) { log_.push_back("end: " + why.message); }});
  }
  RawPeer& peer() {
    run_until(io_, [this] {
      return !server_.peers.empty() &&
             server_.peers.back().heard().find("\r\n\r\n") != std::string::npos;
    });
    return server_.peers.back();
  }
  void await(std::size_t entries) {
    run_until(io_, [&] { return log_.size() >= entries; });
    settle(io_);
  }
  std::string place() const { return "127.0.0.1:" + std::to_string(server_.port()); }

  boost::asio::io_context io_;
  RawServer server_{io_};
  std::vector<std::string> log_;
  std::string destroy_at_;
  std::unique_ptr<Operation> operation_;
};

TEST_F(OpenStream, DeliversBytesAsTheyArriveUntilTheConnectionEnds) {
  peer().say("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
  await(1);
  peer().say("data: a\r\n\r");
  await(2);
  peer().say("\n");
  await(3);
  peer().close();
  await(4);
  EXPECT_THAT(
      log_,
      ElementsAre("200", "data: a\r\n\r", "\n", "end: " + place() + ": the peer ended the stream"));
}

TEST_F(OpenStream, DecodesChunks) {
  peer().say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n");
  await(2);
  peer().say("5\r\nfg");
  await(3);
  peer().say("hij\r\n0\r\n\r\n");
  await(5);
  EXPECT_THAT(log_, ElementsAre("200", "abcde", "fg", "hij", HasSubstr("ended the stream")));
}

TEST_F(OpenStream, TellsChunksCutShort) {
  peer().say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
  peer().close();
  await(3);
  EXPECT_THAT(log_, ElementsAre("200", "abc", HasSubstr("in the middle of it")));
}

TEST_F(OpenStream, DeliversRedirectsLikeAnyHead) {
  peer().say("HTTP/1.1 302 Found\r\nLocation: http://b:1/\r\nContent-Length: 4\r\n\r\nmove");
  await(3);
  EXPECT_THAT(log_, ElementsAre("302", "move", HasSubstr("ended the stream")));
}

TEST_F(OpenStream, LimitsTheTimeToTheHeadOnly) {
  operation_.reset();
  open(30ms);
  await(1);
  EXPECT_THAT(log_,
              ElementsAre("end: " + place() + ": cannot read the answer: not done after 30 ms"));
}

TEST_F(OpenStream, PassesMoreThanAFetchMayHold) {
  peer().say("HTTP/1.1 200 OK\r\n\r\n");
  await(1);
  const std::string piece(65U << 20, 'x');
  boost::asio::async_write(
      peer().socket(), boost::asio::buffer(piece), [this](auto, auto) { peer().close(); });
  run_until(io_, [this] { return log_.back().starts_with("end: "); });
  std::size_t received = 0;
  for (std::size_t i = 1; i + 1 < log_.size(); ++i) received += log_[i].size();
  EXPECT_EQ(received, piece.size());
}

TEST_F(OpenStream, MayBeDestroyedWhileItDelivers) {
  destroy_at_ = "abc";
  peer().say("HTTP/1.1 200 OK\r\n\r\nabc");
  await(2);
  peer().say("def");
  settle(io_);
  peer().close();
  settle(io_);
  EXPECT_THAT(log_, ElementsAre("200", "abc"));
}

TEST_F(OpenStream, MayBeDestroyedAtItsHeadAndReopenedAtItsEnd) {
  StreamHandlers handlers{.on_head =
                              [this](const Response&) {
                                log_.emplace_back("head");
                                operation_.reset();
                              },
                          .on_bytes = [this](std::string_view) { log_.emplace_back("bytes"); },
                          .on_end = [this](const common::Error&) { log_.emplace_back("end"); }};
  operation_ = open_stream(io_, local_url(server_.port()), {}, 10s, handlers);
  run_until(io_, [this] { return server_.peers.size() == 2; });
  peer().say("HTTP/1.1 200 OK\r\n\r\nabc");
  await(1);
  EXPECT_THAT(log_, ElementsAre("head"));

  handlers.on_end = [this](const common::Error&) { open(10s); };
  operation_ = open_stream(io_, local_url(server_.port()), {}, 10s, handlers);
  run_until(io_, [this] { return server_.peers.size() == 3; });
  peer().close();
  run_until(io_, [this] { return server_.peers.size() == 4; });
  peer().say("HTTP/1.1 503 No\r\n\r\n");
  await(2);
  EXPECT_THAT(log_, ElementsAre("head", "503"));
}

}  // namespace
}  // namespace http
