#include <event2/event.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <deque>

#include "dnsd/server/tcp_server.h"
#include "tests/dnsd/server/clients.h"
#include "tests/dnsd/server/test_zone.h"
#include "tests/http/certificates.h"

namespace dnsd {
namespace {

using std::chrono::milliseconds;
using testing::TcpClient;
using Octets = std::vector<std::uint8_t>;

constexpr milliseconds kNever{3600 * 1000};

std::shared_ptr<const TlsContext> make_context() {
  const http::TemporaryFolder folder;
  const http::KeyPair pair = http::certify(nullptr, "IP:127.0.0.1");
  const std::string text = http::to_pem(pair.certificate.get()) + http::to_pem(pair.key.get());
  return TlsContext::load(folder.write("both.pem", text), "").value();
}

/// The client's side of TLS, on a socket or on nothing at all.
class TlsClient {
 public:
  TlsClient() { SSL_set_connect_state(handle_.get()); }

  SSL* get() const { return handle_.get(); }

  /// The first octets of a handshake.
  Octets hello() const {
    BIO* octets = BIO_new(BIO_s_mem());
    SSL_set_bio(handle_.get(), BIO_new(BIO_s_mem()), octets);
    SSL_do_handshake(handle_.get());
    Octets made(BIO_pending(octets));
    BIO_read(octets, made.data(), static_cast<int>(made.size()));
    return made;
  }

 private:
  std::unique_ptr<SSL_CTX, http::Free<SSL_CTX_free>> context_{SSL_CTX_new(TLS_client_method())};
  std::unique_ptr<SSL, http::Free<SSL_free>> handle_{SSL_new(context_.get())};
};

/// A TcpServer for TLS whose loop turns when it is told.
class TurnedServer {
 public:
  explicit TurnedServer(const TcpLimits& limits)
      : server_(*loop_, std::array{socket_.get()}, limits, answerer_, counters_, &certificates_) {}

  common::SocketAddress address() const { return testing::address_of(socket_); }
  void turn() { event_base_loop(loop_->base(), EVLOOP_ONCE | EVLOOP_NONBLOCK); }
  std::uint64_t open() const { return counters_.tcp_connections.value(); }
  std::uint64_t closed(Close why) const {
    return counters_.tcp_closed[static_cast<std::size_t>(why)].value();
  }

 private:
  common::UniqueFd socket_ = testing::bound_socket(SOCK_STREAM);
  std::unique_ptr<common::EventLoop> loop_ = common::EventLoop::create().value();
  common::Published<Zone> zone_{testing::make_zone(2)};
  const AnswerPolicy policy_;
  common::Published<Cookies> cookies_{std::make_shared<const Cookies>()};
  common::Published<TsigKeys> keys_{std::make_shared<const TsigKeys>()};
  common::Published<TlsContext> certificates_{make_context()};
  TransferServer transfers_{zone_, keys_, policy_.transfers};
  Counters counters_;
  Answerer answerer_{zone_, cookies_, policy_, transfers_, counters_};
  TcpServer server_;
};

TEST(TlsServer, ShakesFewHandsBeforeOthersGetTheirTurn) {
  constexpr std::size_t kCrowd = 20;
  constexpr std::size_t kMostATurn = 4;
  TurnedServer server({.idle_timeout = kNever, .message_timeout = kNever});
  std::deque<TcpClient> clients;
  for (std::size_t i = 0; i < kCrowd; ++i) {
    clients.emplace_back(server.address()).send(TlsClient().hello());
  }
  const auto answered = [&clients] {
    return static_cast<std::size_t>(std::count_if(
        clients.begin(), clients.end(), [](const auto& one) { return one.has_octets(); }));
  };
  std::size_t before = 0;
  for (int turns = 0; before < kCrowd; ++turns) {
    ASSERT_LT(turns, 1000);
    server.turn();
    const std::size_t now = answered();
    EXPECT_LE(now - before, kMostATurn);
    before = now;
  }
}

TEST(TlsServer, CountsWhoIsStillShakingHands) {
  TurnedServer server({.client_connections = 2, .idle_timeout = kNever, .message_timeout = kNever});
  std::deque<TcpClient> clients;
  for (int i = 0; i < 5; ++i) clients.emplace_back(server.address()).send(Octets{0x16, 3, 1});
  while (server.open() + server.closed(Close::ClientLimit) < clients.size()) server.turn();
  EXPECT_EQ(server.open(), 2U);
}

TEST(TlsServer, GivesAHandshakeTheTimeOfAQuery) {
  TurnedServer server({.idle_timeout = kNever, .message_timeout = milliseconds{20}});
  TcpClient client(server.address());
  client.send(Octets{0x16, 3, 1});
  while (server.closed(Close::SlowQuery) == 0) server.turn();
  EXPECT_EQ(server.open(), 0U);
}

/// Both ends of a connection that has been opened.
struct Opened {
  TlsClient client;
  common::UniqueFd socket;
  std::unique_ptr<Stream> server;
};

Opened open_connection(const TlsContext& context) {
  std::array<int, 2> ends{};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
  Opened opened{{}, common::UniqueFd(ends[0]), context.accept(common::UniqueFd(ends[1]))};
  SSL_set_fd(opened.client.get(), opened.socket.get());
  std::array<std::uint8_t, 1> nothing{};
  for (int i = 0; i < 10 && (SSL_do_handshake(opened.client.get()) != 1); ++i) {
    EXPECT_LT(opened.server->receive(nothing), 0);
  }
  EXPECT_LT(opened.server->receive(nothing), 0);
  EXPECT_FALSE(opened.server->is_opening());
  return opened;
}

/// A client may change its keys as often as it wants, and each time costs the server more than an
/// answer.
TEST(TlsServer, ReturnsAfterEachChangeOfKeys) {
  constexpr int kChanges = 8;
  const auto context = make_context();
  const Opened opened = open_connection(*context);
  SSL* client = opened.client.get();
  for (int i = 0; i < kChanges; ++i) {
    ASSERT_EQ(SSL_key_update(client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
    ASSERT_EQ(SSL_do_handshake(client), 1);
  }
  ASSERT_EQ(SSL_write(client, "x", 1), 1);
  std::array<std::uint8_t, 16> octets{};
  for (int i = 0; i < kChanges; ++i) EXPECT_LT(opened.server->receive(octets), 0);
  EXPECT_EQ(opened.server->receive(octets), 1);
}

}  // namespace
}  // namespace dnsd
