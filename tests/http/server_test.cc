#include "http/server.h"

#include <gmock/gmock.h>

#include "http/client.h"
#include "tests/http/loop.h"

namespace http {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// A server whose handler answers "METHOD target:body" at once, or as the test says with `next_`.
class HttpServer : public testing::Test {
 protected:
  void SetUp() override {
    server_ = std::make_unique<Server>(io_, [this](Request request, auto responder) {
      requests_.push_back(request);
      if (next_) return next_(std::move(responder));
      responder->send(
          {.headers = {}, .body = request.method + " " + request.target + ":" + request.body});
    });
    port_ = server_->listen(kAnyPort).value();
  }

  RawPeer connect() { return RawPeer::connect(io_, port_); }
  void await(RawPeer& peer, const std::string& text) {
    run_until(io_, [&] { return peer.heard().find(text) != std::string::npos; });
  }
  void await_end(RawPeer& peer) {
    run_until(io_, [&] { return peer.ended(); });
  }

  boost::asio::io_context io_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::vector<Request> requests_;
  std::function<void(std::shared_ptr<Responder>)> next_;
};

TEST_F(HttpServer, KeepsConnectionsOpen) {
  RawPeer client = connect();
  client.say("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  await(client, "GET /a:");
  client.say("PUT /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
  await(client, "PUT /b:hi");
  EXPECT_EQ(client.heard(), ok("GET /a:") + ok("PUT /b:hi"));
  EXPECT_FALSE(client.ended());
}

TEST_F(HttpServer, SaysWhenAClientLeavesBeforeItsAnswer) {
  int left = 0;
  std::vector<std::shared_ptr<Responder>> waiting;
  next_ = [&](auto responder) {
    responder->on_left([&left] { ++left; });
    waiting.push_back(std::move(responder));
  };
  RawPeer closes = connect();
  RawPeer closes_half = connect();
  RawPeer resets = connect();
  RawPeer waits = connect();
  for (RawPeer* client : {&closes, &closes_half, &resets, &waits}) {
    client->say("GET /wait HTTP/1.1\r\n\r\n");
  }
  run_until(io_, [&] { return waiting.size() == 4; });
  closes.close();
  closes_half.close_half();
  resets.reset();
  run_until(io_, [&] { return left == 3; });
  for (const auto& responder : waiting) responder->send({.headers = {}, .body = "news"});
  await(waits, "news");
  settle(io_);
  EXPECT_EQ(left, 3);
}

TEST_F(HttpServer, AnswersPipelinedRequestsInOrderThoughHandlersAreSlow) {
  std::vector<std::shared_ptr<Responder>> waiting;
  next_ = [&](auto responder) { waiting.push_back(std::move(responder)); };
  RawPeer client = connect();
  client.say("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\nGET /3 HTTP/1.1\r\n\r\n");
  for (std::size_t i = 1; i <= 3; ++i) {
    run_until(io_, [&] { return waiting.size() == i; });
    settle(io_);
    ASSERT_EQ(waiting.size(), i);
    waiting.back()->send({.headers = {}, .body = std::to_string(i)});
  }
  await(client, "\r\n\r\n3");
  EXPECT_EQ(client.heard(), ok("1") + ok("2") + ok("3"));
}

TEST_F(HttpServer, AnswersThousandsOfPipelinedRequests) {
  RawPeer client = connect();
  std::string requests;
  for (int i = 0; i < 5000; ++i) requests += "GET / HTTP/1.1\r\n\r\n";
  boost::asio::async_write(client.socket(), boost::asio::buffer(requests), [](auto, auto) {});
  run_until(io_, [&] { return client.heard().size() == 5000 * ok("GET /:").size(); });
  EXPECT_EQ(requests_.size(), 5000U);
}

TEST_F(HttpServer, TakesRequestsInSmallPieces) {
  RawPeer client = connect();
  for (const char byte : std::string("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")) {
    client.say({&byte, 1});
    settle(io_);
  }
  await(client, "POST /x:abc");
  EXPECT_EQ(client.heard(), ok("POST /x:abc"));
}

TEST_F(HttpServer, HandsOverHeadersInOrder) {
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\nhost: x\r\nX-A: 1\r\nx-a: 2\r\n\r\n");
  await(client, "GET /:");
  EXPECT_THAT(
      requests_[0].headers,
      ElementsAre(
          testing::Pair("host", "x"), testing::Pair("X-A", "1"), testing::Pair("x-a", "2")));
}

TEST_F(HttpServer, MovesLargeBodiesBothWays) {
  const std::string body(8 << 20, 'x');
  std::string received;
  const auto operation = fetch(io_,
                               local_url(port_),
                               {.method = "POST", .headers = {}, .body = body},
                               {},
                               [&](auto response) { received = response.value().body; });
  run_until(io_, [&] { return !received.empty(); });
  EXPECT_EQ(received, "POST /:" + body);
}

TEST_F(HttpServer, RefusesBodiesAboveTheLimit) {
  RawPeer client = connect();
  client.say("POST / HTTP/1.1\r\nContent-Length: 8388609\r\n\r\nabc");
  await_end(client);
  EXPECT_THAT(client.heard(), StartsWith("HTTP/1.1 413 Payload Too Large\r\n"));
  EXPECT_THAT(client.heard(), HasSubstr("Connection: close\r\n"));
  EXPECT_TRUE(requests_.empty());
}

TEST_F(HttpServer, RefusesHeadersAboveTheLimit) {
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\nX: " + std::string(17 << 10, 'x') + "\r\n\r\n");
  await_end(client);
  EXPECT_THAT(client.heard(), StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n"));
}

TEST_F(HttpServer, RefusesWhatIsNotHttp) {
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\nno colon\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  await_end(client);
  EXPECT_THAT(client.heard(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(client.heard(), EndsWith("malformed request: bad field\n"));
  EXPECT_TRUE(requests_.empty());
}

TEST_F(HttpServer, RefusesInWordsEvenAfterHead) {
  RawPeer client = connect();
  client.say("HEAD / HTTP/1.1\r\n\r\nnonsense\r\n\r\n");
  await_end(client);
  EXPECT_THAT(client.heard(), HasSubstr("malformed request: "));
}

TEST_F(HttpServer, RefusesEndlessChunkExtensions) {
  RawPeer client = connect();
  client.say("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;" +
             std::string(64 << 10, 'x'));
  await_end(client);
  EXPECT_THAT(client.heard(), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(HttpServer, AnswersAClientThatStillSendsWhenRefused) {
  RawPeer client = connect();
  client.say("POST / HTTP/1.1\r\nContent-Length: 9999999\r\n\r\n");
  settle(io_);
  client.say(std::string(100000, 'x'));
  await_end(client);
  EXPECT_THAT(client.heard(), StartsWith("HTTP/1.1 413 "));
}

TEST_F(HttpServer, AnswersHeadLikeGetWithoutBody) {
  RawPeer client = connect();
  client.say("HEAD /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n");
  await(client, "GET /b:");
  EXPECT_EQ(client.heard(), "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n" + ok("GET /b:"));
  EXPECT_EQ(requests_[0].method, "GET");
}

TEST_F(HttpServer, TellsClientsThatWaitToGoOn) {
  RawPeer client = connect();
  client.say("PUT / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  await(client, "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("hi");
  await(client, "PUT /:hi");
  EXPECT_EQ(client.heard(), "HTTP/1.1 100 Continue\r\n\r\n" + ok("PUT /:hi"));
}

TEST_F(HttpServer, AcceptsAbsoluteTargets) {
  RawPeer client = connect();
  client.say("GET http://proxy.example:80/a?b HTTP/1.1\r\n\r\n");
  await(client, "GET /a?b:");
}

TEST_F(HttpServer, ClosesWhenTheClientAsks) {
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  await_end(client);
  EXPECT_EQ(client.heard(),
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nGET /:");
}

TEST_F(HttpServer, ClosesWhenTheHandlerAsks) {
  next_ = [](auto responder) {
    responder->send({.headers = {{"connection", "Close"}}, .body = "x"});
  };
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\n\r\n");
  await_end(client);
  EXPECT_EQ(client.heard(), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
}

TEST_F(HttpServer, ClosesAfterHttp10) {
  RawPeer client = connect();
  client.say("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  await_end(client);
  EXPECT_THAT(client.heard(), HasSubstr("Connection: close\r\n"));
}

TEST_F(HttpServer, AnswersClientsThatHaveClosedTheirHalf) {
  std::vector<std::shared_ptr<Responder>> waiting;
  next_ = [&](auto responder) { waiting.push_back(std::move(responder)); };
  RawPeer client = connect();
  client.say("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  client.close_half();
  for (std::size_t i = 1; i <= 2; ++i) {
    run_until(io_, [&] { return waiting.size() == i; });
    settle(io_);
    waiting.back()->send({.headers = {}, .body = "late"});
  }
  await_end(client);
  EXPECT_EQ(client.heard(), ok("late") + ok("late"));
}

TEST_F(HttpServer, AnswersForAHandlerThatDroppedTheRequest) {
  next_ = [](auto) {};
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\n\r\n");
  await(client, "dropped");
  EXPECT_THAT(client.heard(), StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST_F(HttpServer, AnswersOnce) {
  next_ = [](auto responder) {
    responder->send({.headers = {}, .body = "1"});
    responder->send({.headers = {}, .body = "2"});
    responder->stream({})->write("3");
  };
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\n\r\n");
  await(client, "1");
  settle(io_);
  EXPECT_EQ(client.heard(), ok("1"));
  EXPECT_FALSE(client.ended());
}

TEST_F(HttpServer, LetsAnswersToClientsThatLeftGoNowhere) {
  std::shared_ptr<Responder> waiting;
  next_ = [&](auto responder) { waiting = std::move(responder); };
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\n\r\n");
  run_until(io_, [&] { return waiting != nullptr; });
  client.reset();
  settle(io_);
  waiting->send({});
  EXPECT_EQ(waiting->peer().ip, kAnyPort.ip);
  settle(io_);
}

TEST_F(HttpServer, NamesTheAddressItCannotListenOn) {
  const common::SocketAddress taken{kAnyPort.ip, port_};
  const auto again = server_->listen(taken);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, common::ErrorCode::Conflict);
  EXPECT_EQ(again.error().message,
            "cannot listen on " + taken.to_string() + ": Address already in use");
}

TEST_F(HttpServer, TellsThePeersAddress) {
  common::SocketAddress peer;
  next_ = [&](auto responder) {
    peer = responder->peer();
    responder->send({});
  };
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\n\r\n");
  await(client, "200");
  EXPECT_EQ(peer.to_string(),
            "127.0.0.1:" + std::to_string(client.socket().local_endpoint().port()));
}

TEST_F(HttpServer, ClosesEverythingWhenDestroyed) {
  std::shared_ptr<Responder> waiting;
  std::shared_ptr<BodyStream> stream;
  bool closed = false;
  next_ = [&](auto responder) {
    if (!waiting) {
      waiting = std::move(responder);
    } else {
      stream = responder->stream({});
      stream->on_closed([&] { closed = true; });
    }
  };
  RawPeer first = connect();
  first.say("GET / HTTP/1.1\r\n\r\n");
  run_until(io_, [&] { return waiting != nullptr; });
  RawPeer second = connect();
  second.say("GET / HTTP/1.1\r\n\r\n");
  run_until(io_, [&] { return stream != nullptr; });

  server_.reset();
  await_end(first);
  await_end(second);
  waiting->send({});
  stream->write("x");
  stream->close();
  settle(io_);
  EXPECT_FALSE(closed) << "called after the server was gone";
  EXPECT_EQ(stream->queued(), 0U);
}

TEST_F(HttpServer, MayBeDestroyedByItsOwnHandler) {
  next_ = [this](auto responder) {
    server_.reset();
    responder->send({});
  };
  RawPeer client = connect();
  client.say("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  await_end(client);
  EXPECT_EQ(requests_.size(), 1U);
}

/// A server that opens a stream for its only client.
class ServerStream : public HttpServer {
 protected:
  void SetUp() override {
    HttpServer::SetUp();
    next_ = [this](auto responder) {
      stream_ = responder->stream({.headers = {{"Content-Type", "text/event-stream"}}, .body = {}});
      stream_->on_closed([this] { ++closed_; });
    };
    client_.emplace(connect());
    client_->say("GET /v2/events HTTP/1.1\r\n\r\n");
    run_until(io_, [this] { return stream_ != nullptr; });
  }

  /// Fills the way to a client that does not read.
  void jam() {
    const std::string piece(1 << 20, 'x');
    while (stream_->queued() < 3) stream_->write(piece);
  }

  std::shared_ptr<BodyStream> stream_;
  std::optional<RawPeer> client_;
  int closed_ = 0;
};

TEST_F(ServerStream, SendsItsHeadAtOnceAndWithoutLength) {
  EXPECT_EQ(client_->heard(),
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
}

TEST_F(ServerStream, GivesEveryWriteToTheKernelAtOnce) {
  client_->heard();
  stream_->write("\r");
  EXPECT_EQ(stream_->queued(), 0U);
  EXPECT_THAT(client_->heard(), EndsWith("\r\n\r\n\r"));
  stream_->write("\n");
  EXPECT_THAT(client_->heard(), EndsWith("\r\n\r\n\r\n"));
}

TEST_F(ServerStream, CountsWritesThatAClientHoldsUpAndDeliversThemInOrder) {
  jam();
  stream_->write("the end");
  const std::size_t queued = stream_->queued();
  EXPECT_EQ(queued, 4U);
  await(*client_, "the end");
  EXPECT_EQ(stream_->queued(), 0U);
  EXPECT_EQ(closed_, 0);
}

TEST_F(ServerStream, TellsWhenAClientHasTakenAllThatItHeldUp) {
  int drained = 0;
  stream_->on_drained([this, &drained] {
    if (++drained == 1) jam();  // And so on.
  });
  stream_->write("at once");
  settle(io_);
  EXPECT_EQ(drained, 0);
  jam();
  run_until(io_, [&] {
    client_->heard();
    return drained == 2;
  });
  EXPECT_EQ(stream_->queued(), 0U);
}

TEST_F(ServerStream, DeliversWhatIsQueuedBeforeItCloses) {
  jam();
  stream_->write("the end");
  stream_->close();
  stream_->write("too late");
  await_end(*client_);
  EXPECT_THAT(client_->heard(), EndsWith("the end"));
  settle(io_);
  EXPECT_EQ(closed_, 1);
}

TEST_F(ServerStream, TellsThatTheClientLeftWhileNothingIsWritten) {
  client_->close();
  run_until(io_, [this] { return closed_ > 0; });
  stream_->write("x");
  stream_->close();
  settle(io_);
  EXPECT_EQ(closed_, 1);
  EXPECT_EQ(stream_->queued(), 0U);
}

TEST_F(ServerStream, TellsThatTheClientWasLostWhileItHeldUpWrites) {
  jam();
  client_->reset();
  run_until(io_, [this] { return closed_ > 0; });
  EXPECT_EQ(stream_->queued(), 0U);
}

TEST_F(ServerStream, TellsTheOneWhoClosesLaterAndNotAtOnce) {
  stream_->close();
  EXPECT_EQ(closed_, 0);
  await_end(*client_);
  settle(io_);
  EXPECT_EQ(closed_, 1);
}

TEST_F(ServerStream, TellsThoseWhoAskAfterItClosed) {
  client_->close();
  run_until(io_, [this] { return closed_ > 0; });
  bool told = false;
  stream_->on_closed([&] { told = true; });
  EXPECT_FALSE(told);
  settle(io_);
  EXPECT_TRUE(told);
}

TEST_F(ServerStream, EndsWhenNobodyHoldsIt) {
  stream_->write("last");
  stream_.reset();
  await_end(*client_);
  EXPECT_THAT(client_->heard(), EndsWith("last"));
}

TEST_F(ServerStream, IgnoresWhatTheClientGoesOnSaying) {
  client_->say(std::string(200000, 'x'));
  settle(io_);
  stream_->write("still here");
  await(*client_, "still here");
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(ServerStream, SendsOnlyTheHeadWhenAskedForIt) {
  RawPeer client = connect();
  client.say("HEAD /v2/events HTTP/1.1\r\n\r\n");
  await_end(client);
  EXPECT_THAT(client.heard(), EndsWith("Connection: close\r\n\r\n"));
}

TEST_F(ServerStream, ReachesOurOwnClient) {
  std::string received;
  bool ended = false;
  const auto operation =
      open_stream(io_,
                  local_url(port_),
                  {},
                  std::chrono::seconds(10),
                  {.on_head = [](const Response&) {},
                   .on_bytes = [&](std::string_view bytes) { received += bytes; },
                   .on_end = [&](const common::Error&) { ended = true; }});
  run_until(io_, [this] { return requests_.size() == 2; });
  stream_->write("event: a\r\n");
  stream_->write("data: {}\r\n\r\n");
  run_until(io_, [&] { return received == "event: a\r\ndata: {}\r\n\r\n"; });
  stream_->close();
  run_until(io_, [&] { return ended; });
}

}  // namespace
}  // namespace http
