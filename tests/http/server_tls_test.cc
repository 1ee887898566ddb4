#include <gmock/gmock.h>

#include <csignal>
#include <deque>

#include "http/client.h"
#include "http/server.h"
#include "tests/http/certificates.h"
#include "tests/http/tls_peer.h"

namespace http {
namespace {

using common::TlsContext;
using common::TlsServerOptions;
using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;

/// A server whose handler answers "METHOD target:body" over TLS, or as the test says with `next_`.
class HttpsServer : public testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    start({});
  }

  void start(const ServerLimits& limits) {
    server_ = std::make_unique<Server>(
        io_,
        [this](const Request& request, auto responder) {
          if (next_) return next_(std::move(responder));
          responder->send(
              {.headers = {}, .body = request.method + " " + request.target + ":" + request.body});
        },
        limits);
    port_ = server_->listen(kAnyPort, &certificates_).value();
  }

  /// client_ca  a file
  std::shared_ptr<const TlsContext> load(const KeyPair& identity,
                                         const std::string& client_ca = "") const {
    return *TlsContext::load(
        {.section = "admin",
         .certificate_file = folder_.write(
             "server.pem", to_pem(identity.certificate.get()) + to_pem(identity.key.get())),
         .client_ca_file = client_ca,
         .protocol = TlsServerOptions::Protocol::Http});
  }

  common::Expected<Response> ask(Request request = {}, TlsFiles files = {}) {
    files.ca_file = ca_;
    FetchOptions options;
    options.tls = *Tls::load(files);
    std::optional<common::Expected<Response>> result;
    const Url url = *Url::parse("https://127.0.0.1:" + std::to_string(port_) + request.target);
    const auto operation = fetch(io_, url, std::move(request), options, [&](auto response) {
      result = std::move(response);
    });
    run_until(io_, [&] { return result.has_value(); });
    return *result;
  }
  void expect_service() {
    const auto answer = ask();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "GET /:");
  }
  void await_open(const TlsPeer& peer) {
    run_until(io_, [&] { return peer.open(); });
  }
  void await(const TlsPeer& peer, const std::string& text) {
    run_until(io_, [&] { return peer.heard().find(text) != std::string::npos; });
  }
  void await_end(const TlsPeer& peer) {
    run_until(io_, [&] { return peer.ended(); });
  }

  TemporaryFolder folder_;
  KeyPair authority_ = certify(nullptr, "");
  KeyPair own_ = certify(&authority_, "IP:127.0.0.1");
  std::string ca_ = folder_.write("ca.pem", to_pem(authority_.certificate.get()));
  common::Published<TlsContext> certificates_{load(own_)};
  boost::asio::io_context io_;
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
  std::function<void(std::shared_ptr<Responder>)> next_;
};

TEST_F(HttpsServer, AnswersOverTls) { expect_service(); }

TEST_F(HttpsServer, MovesLargeBodiesBothWays) {
  const std::string body(8 << 20, 'x');
  const auto answer = ask({.method = "POST", .headers = {}, .body = body});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "POST /:" + body);
}

/// Most of them come in records that are larger than the room for what waits.
TEST_F(HttpsServer, AnswersThousandsOfPipelinedRequests) {
  std::deque<std::shared_ptr<Responder>> waiting;
  std::size_t answered = 0;
  next_ = [&](auto responder) { waiting.push_back(std::move(responder)); };
  TlsPeer client(io_, port_);
  await_open(client);
  std::string requests;
  for (int i = 0; i < 5000; ++i) requests += "GET / HTTP/1.1\r\n\r\n";
  client.say(requests);
  run_until(io_, [&] {
    for (; !waiting.empty(); waiting.pop_front()) {
      waiting.front()->send({.headers = {}, .body = "."});
      ++answered;
    }
    return answered == 5000;
  });
  const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n.";
  run_until(io_, [&] { return client.heard().size() == 5000 * one.size(); });
  EXPECT_THAT(client.heard(), EndsWith(one));
}

TEST_F(HttpsServer, TakesRequestsInSmallRecords) {
  TlsPeer client(io_, port_);
  await_open(client);
  for (const char byte : std::string("PUT /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi")) {
    client.say({byte});
    settle(io_);
  }
  await(client, "PUT /b:hi");
  EXPECT_FALSE(client.ended());
}

TEST_F(HttpsServer, GoesOnWhenTheClientChangesItsKeys) {
  TlsPeer client(io_, port_);
  await_open(client);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(SSL_key_update(client.handle(), SSL_KEY_UPDATE_REQUESTED), 1);
    client.say("GET /" + std::to_string(i) + " HTTP/1.1\r\n\r\n");
    await(client, "GET /" + std::to_string(i) + ":");
  }
}

TEST_F(HttpsServer, EndsAnAnswerWithAGoodbye) {
  TlsPeer client(io_, port_);
  await_open(client);
  client.say("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  await_end(client);
  EXPECT_THAT(client.heard(), EndsWith("GET /:"));
  EXPECT_EQ(client.why(), boost::asio::error::eof) << client.why().message();
}

/// Who has no room for a goodbye is told it later.
TEST_F(HttpsServer, EndsAStreamThatWasHeldUpWithAGoodbye) {
  std::shared_ptr<BodyStream> stream;
  next_ = [&](auto responder) { stream = responder->stream({}); };
  TlsPeer client(io_, port_);
  await_open(client);
  client.say("GET /v1/events HTTP/1.1\r\n\r\n");
  run_until(io_, [&] { return stream != nullptr; });
  client.pause();
  const std::string piece(1 << 20, 'x');
  while (stream->queued() < 3) stream->write(piece);
  stream->write("the end");
  stream->close();
  settle(io_);
  client.resume();
  await_end(client);
  EXPECT_THAT(client.heard(), EndsWith("the end"));
  EXPECT_EQ(client.why(), boost::asio::error::eof) << client.why().message();
}

TEST_F(HttpsServer, TellsThatAClientOfAStreamLeft) {
  std::shared_ptr<BodyStream> stream;
  bool closed = false;
  next_ = [&](auto responder) {
    stream = responder->stream({});
    stream->on_closed([&] { closed = true; });
  };
  TlsPeer client(io_, port_);
  await_open(client);
  client.say("GET /v1/events HTTP/1.1\r\n\r\n");
  run_until(io_, [&] { return stream != nullptr; });
  stream->write("first");
  EXPECT_EQ(stream->queued(), 0U);
  await(client, "first");
  client.socket().close();
  run_until(io_, [&] { return closed; });
  stream->write("second");
}

TEST_F(HttpsServer, DropsWhoSpeaksNoTlsAndServesOthers) {
  std::deque<RawPeer> strangers;
  for (const std::string& said : {std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                                  std::string("\x16\x03\x01\x00\x05hello", 10),
                                  std::string(100000, '\0')}) {
    strangers.push_back(RawPeer::connect(io_, port_));
    boost::asio::async_write(
        strangers.back().socket(), boost::asio::buffer(said), [](auto, auto) {});
    settle(io_);
    run_until(io_, [&] { return strangers.back().ended(); });
    EXPECT_THAT(strangers.back().heard(), testing::Not(HasSubstr("HTTP")));
    expect_service();
  }
}

TEST_F(HttpsServer, ForgetsWhoLeavesInTheMiddleOfAHandshake) {
  RawPeer leaves = RawPeer::connect(io_, port_);
  leaves.say("\x16\x03\x01");
  settle(io_);
  leaves.close();
  RawPeer resets = RawPeer::connect(io_, port_);
  resets.say("\x16\x03\x01");
  settle(io_);
  resets.reset();
  RawPeer silent = RawPeer::connect(io_, port_);
  settle(io_);
  expect_service();
}

TEST_F(HttpsServer, GivesAHandshakeLittleTime) {
  start({.handshake = milliseconds(20)});
  RawPeer silent = RawPeer::connect(io_, port_);
  RawPeer slow = RawPeer::connect(io_, port_);
  slow.say("\x16\x03\x01");
  run_until(io_, [&] { return silent.ended() && slow.ended(); });
}

TEST_F(HttpsServer, DoesNotTakeAHandshakeForARequest) {
  RawPeer slow = RawPeer::connect(io_, port_);
  slow.say("\x16\x03\x01");
  settle(io_);
  bool drained = false;
  server_->drain(milliseconds(1), [&] { drained = true; });
  run_until(io_, [&] { return drained; });
}

TEST_F(HttpsServer, AgreesWithThoseAloneWhoSpeakHttp11) {
  const auto offering = [](std::string protocols) {
    return [protocols = std::move(protocols)](SSL* client) {
      SSL_set_alpn_protos(client,
                          reinterpret_cast<const unsigned char*>(protocols.data()),
                          static_cast<unsigned int>(protocols.size()));
    };
  };
  TlsPeer both(io_, port_, offering("\x02h2\x08http/1.1"));
  await_open(both);
  const unsigned char* chosen = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(both.handle(), &chosen, &size);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), size), "http/1.1");

  TlsPeer other(io_, port_, offering("\x02h2"));
  await_end(other);
  EXPECT_FALSE(other.open());
  EXPECT_THAT(other.why().message(), HasSubstr("no application protocol"));
}

TEST_F(HttpsServer, RefusesOldVersions) {
  TlsPeer old(io_, port_, [](SSL* client) {
    SSL_set_security_level(client, 0);
    SSL_set_min_proto_version(client, TLS1_1_VERSION);
    SSL_set_max_proto_version(client, TLS1_1_VERSION);
  });
  await_end(old);
  EXPECT_FALSE(old.open());
  TlsPeer good(io_, port_, [](SSL* client) { SSL_set_max_proto_version(client, TLS1_2_VERSION); });
  await_open(good);
  good.say("GET / HTTP/1.1\r\n\r\n");
  await(good, "GET /:");
}

TEST_F(HttpsServer, NeverShakesHandsAgain) {
  TlsPeer client(io_, port_, [](SSL* one) { SSL_set_max_proto_version(one, TLS1_2_VERSION); });
  await_open(client);
  ASSERT_EQ(SSL_renegotiate(client.handle()), 1);
  client.say("GET / HTTP/1.1\r\n\r\n");
  await_end(client);
  EXPECT_THAT(client.why().message(), HasSubstr("no renegotiation"));
  expect_service();
}

TEST_F(HttpsServer, TakesANewCertificateForNewConnections) {
  TlsPeer old(io_, port_);
  await_open(old);
  certificates_.publish(load(certify(&authority_, "DNS:elsewhere")));
  EXPECT_FALSE(ask());
  old.say("GET /old HTTP/1.1\r\n\r\n");
  await(old, "GET /old:");
  certificates_.publish(load(own_));
  expect_service();
}

TEST_F(HttpsServer, ServesThoseAloneWhoHaveACertificateWhereThatIsAsked) {
  certificates_.publish(load(own_, ca_));
  EXPECT_FALSE(ask());
  const KeyPair known = certify(&authority_, "DNS:prometheus");
  const KeyPair stranger = certify(nullptr, "DNS:prometheus");
  const auto ask_as = [&](const KeyPair& who) {
    const std::string file =
        folder_.write("client.pem", to_pem(who.certificate.get()) + to_pem(who.key.get()));
    return ask({}, {.certificate_file = file});
  };
  EXPECT_TRUE(ask_as(known));
  EXPECT_FALSE(ask_as(stranger));
}

TEST_F(HttpsServer, PassesItsListenerOn) {
  TlsPeer kept(io_, port_);
  await_open(kept);
  auto sockets = server_->hand_over();
  ASSERT_EQ(sockets.size(), 1U);
  Server next(io_, [](const Request&, auto responder) {
    responder->send({.headers = {}, .body = "the next"});
  });
  ASSERT_TRUE(next.listen_with(std::move(sockets[0]), &certificates_));
  EXPECT_EQ(ask()->body, "the next");
  kept.say("GET /kept HTTP/1.1\r\n\r\n");
  await(kept, "GET /kept:");
  await_end(kept);
}

}  // namespace
}  // namespace http
