#include <event2/event.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <deque>

#include "dnsd/server/tcp_server.h"
#include "tests/common/tls_client.h"
#include "tests/dnsd/server/clients.h"
#include "tests/dnsd/server/test_zone.h"
#include "tests/http/certificates.h"

namespace dnsd {
namespace {

using common::testing::TlsClient;
using std::chrono::milliseconds;
using testing::TcpClient;
using Octets = std::vector<std::uint8_t>;

constexpr milliseconds kNever{3600 * 1000};

std::shared_ptr<const common::TlsContext> make_context() {
  const http::TemporaryFolder folder;
  const http::KeyPair pair = http::certify(nullptr, "IP:127.0.0.1");
  const std::string text = http::to_pem(pair.certificate.get()) + http::to_pem(pair.key.get());
  return common::TlsContext::load(
             {.section = "dns", .certificate_file = folder.write("both.pem", text)})
      .value();
}

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
  common::Published<common::TlsContext> certificates_{make_context()};
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

}  // namespace
}  // namespace dnsd
