#include <gmock/gmock.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <chrono>
#include <deque>

#include "http/server.h"
#include "tests/http/loop.h"

namespace http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kMega = 1 << 20;
// More than what the kernel takes for a client that reads nothing.
constexpr std::size_t kLarge = 16 * kMega;
constexpr milliseconds kForEver{3600 * 1000};

/// A server that answers /large with kLarge octets, and all else with few.
class HttpMemory : public testing::Test {
 protected:
  void start(std::size_t kept, milliseconds patience) {
    server_.emplace(
        io_,
        [](const Request& request, auto responder) {
          responder->send(
              {.headers = {},
               .body = request.target == "/large" ? std::string(kLarge, 'x') : request.method});
        },
        ServerLimits{.kept = kept, .patience = patience});
    port_ = server_->listen(kAnyPort).value();
  }

  RawPeer& client(std::string says) {
    clients_.push_back(RawPeer::connect(io_, port_));
    said_.push_back(std::move(says));
    boost::asio::async_write(clients_.back().socket(),
                             boost::asio::buffer(said_.back()),
                             [this](auto, auto) { ++sent_; });
    return clients_.back();
  }
  /// Asks, and waits for the beginning of the answer.
  RawPeer& ask(const std::string& target) {
    RawPeer& peer = client("GET " + target + " HTTP/1.1\r\n\r\n");
    run_until(io_, [&] { return peer.socket().available() > 0; });
    settle(io_);
    return peer;
  }
  /// All that it said is with the server.
  void await_taken(RawPeer& peer) {
    run_until(io_, [&] {
      int left = 0;
      ::ioctl(peer.socket().native_handle(), SIOCOUTQ, &left);
      return sent_ == clients_.size() && left == 0;
    });
    settle(io_);
  }
  void await_all(RawPeer& peer) {
    run_until(io_, [&] { return peer.heard().size() >= kLarge; });
  }
  void await(RawPeer& peer, const std::string& text) {
    run_until(io_, [&] { return peer.heard().find(text) != std::string::npos; });
  }

  boost::asio::io_context io_;
  std::optional<Server> server_;
  std::uint16_t port_ = 0;
  std::deque<RawPeer> clients_;
  std::deque<std::string> said_;
  std::size_t sent_ = 0;  // Of them, those that have said all to the kernel.
};

TEST_F(HttpMemory, RefusesLargeAnswersWhileOthersHaveThemToTake) {
  start(20 * kMega, kForEver);
  RawPeer& slow = ask("/large");
  RawPeer& refused = ask("/large");
  EXPECT_THAT(refused.heard(), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(refused.heard(), HasSubstr("Retry-After: "));
  EXPECT_THAT(ask("/small").heard(), StartsWith("HTTP/1.1 200 OK\r\n"));
  await_all(slow);
  await_all(ask("/large"));
}

TEST_F(HttpMemory, CutsOffWhoHasTakenNothingForLongest) {
  start(34 * kMega, milliseconds(0));
  RawPeer& first = ask("/large");
  RawPeer& second = ask("/large");
  RawPeer& third = ask("/large");
  run_until(io_, [&] { return first.ended(); });
  EXPECT_LT(first.heard().size(), kLarge);
  await_all(second);
  await_all(third);
}

TEST_F(HttpMemory, KeepsALargerAnswerForWhoAsksAlone) {
  start(kMega, kForEver);
  await_all(ask("/large"));
}

TEST_F(HttpMemory, ForgetsWhatWasKeptForWhoLeft) {
  start(20 * kMega, kForEver);
  for (int i = 0; i < 3; ++i) {
    ask("/large").reset();
    settle(io_);
  }
  await_all(ask("/large"));
}

TEST_F(HttpMemory, TellsWhatItKeepsUntilThatIsTaken) {
  start(20 * kMega, kForEver);
  RawPeer& slow = ask("/large");
  EXPECT_GT(server_->kept(), kLarge / 2);
  await_all(slow);
  run_until(io_, [&] { return server_->kept() == 0; });
}

TEST_F(HttpMemory, RefusesLargeBodiesWhileOthersHaveTheirsToSend) {
  start(10 * kMega, kForEver);
  const std::string head =
      "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(6 * kMega + 1) + "\r\n\r\n";
  const std::string most = head + std::string(6 * kMega, 'x');
  RawPeer& slow = client(most);
  await_taken(slow);
  RawPeer& refused = client(most);
  await(refused, "HTTP/1.1 503 ");
  slow.say("x");
  await(slow, "POST");
  RawPeer& later = client(most + "x");
  await(later, "POST");
}

}  // namespace
}  // namespace http
