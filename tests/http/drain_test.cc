#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include "common/unique_fd.h"
#include "http/server.h"
#include "tests/http/loop.h"

namespace http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class HttpDrain : public testing::Test {
 protected:
  void SetUp() override {
    server_.emplace(io_, [this](const Request& request, auto responder) {
      if (request.target == "/slow") {
        waiting_ = std::move(responder);
      } else {
        responder->send({.headers = {}, .body = request.target});
      }
    });
    port_ = server_->listen(kAnyPort).value();
  }

  RawPeer connect() { return RawPeer::connect(io_, port_); }
  void await(RawPeer& peer, const std::string& text) {
    run_until(io_, [&] { return peer.heard().find(text) != std::string::npos; });
  }
  /// A connection that was ignored once is tried again by the kernel.
  void await_refusal() {
    Tcp::socket late(io_);
    boost::system::error_code refused;
    bool answered = false;
    late.async_connect({boost::asio::ip::address_v4::loopback(), port_}, [&](auto code) {
      refused = code;
      answered = true;
    });
    run_until(io_, [&] { return answered; });
    EXPECT_EQ(refused, boost::asio::error::connection_refused);
  }
  void drain(milliseconds quiet) {
    server_->drain(quiet, [this] { drained_ = true; });
  }

  boost::asio::io_context io_;
  std::optional<Server> server_;
  std::uint16_t port_ = 0;
  std::shared_ptr<Responder> waiting_;
  bool drained_ = false;
};

TEST_F(HttpDrain, AnswersKeptAndNewConnectionsOnceMore) {
  RawPeer kept = connect();
  kept.say("GET /a HTTP/1.1\r\n\r\n");
  await(kept, "/a");
  EXPECT_THAT(kept.heard(), Not(HasSubstr("Connection: close")));
  drain(std::chrono::hours(1));
  kept.say("GET /b HTTP/1.1\r\n\r\n");
  await(kept, "/b");
  EXPECT_THAT(kept.heard(), HasSubstr("Connection: close"));
  RawPeer late = connect();
  late.say("GET /c HTTP/1.1\r\n\r\n");
  await(late, "/c");
  EXPECT_THAT(late.heard(), HasSubstr("Connection: close"));
  EXPECT_FALSE(drained_);
}

TEST_F(HttpDrain, TheAnswerUnderWayIsTheLast) {
  RawPeer client = connect();
  client.say("GET /slow HTTP/1.1\r\n\r\n");
  run_until(io_, [this] { return waiting_ != nullptr; });
  drain(std::chrono::hours(1));
  waiting_->send({.headers = {}, .body = "done"});
  await(client, "done");
  EXPECT_THAT(client.heard(), HasSubstr("Connection: close"));
}

TEST_F(HttpDrain, AnswersAllThatIsPipelined) {
  RawPeer client = connect();
  client.say("GET /slow HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n");
  run_until(io_, [this] { return waiting_ != nullptr; });
  drain(std::chrono::hours(1));
  waiting_->send({.headers = {}, .body = "done"});
  await(client, "/next");
}

TEST_F(HttpDrain, IsOverWhenNothingHasComeForAWhile) {
  RawPeer idle = connect();
  idle.say("GET /a HTTP/1.1\r\n\r\n");
  await(idle, "/a");
  drain(milliseconds(1));
  run_until(io_, [this] { return drained_; });
  await_refusal();
}

TEST_F(HttpDrain, WaitsForTheRequestBeingAnswered) {
  RawPeer client = connect();
  client.say("GET /slow HTTP/1.1\r\n\r\n");
  run_until(io_, [this] { return waiting_ != nullptr; });
  drain(milliseconds(1));
  for (int looks = 0; looks < 20; ++looks) io_.run_one();
  EXPECT_FALSE(drained_);
  waiting_->send({.headers = {}, .body = "done"});
  run_until(io_, [this] { return drained_; });
  EXPECT_THAT(client.heard(), HasSubstr("done"));
}

TEST_F(HttpDrain, ClosedDoorsServeWhoHasConnectedAndNobodyElse) {
  RawPeer waiting = connect();  // The server has not run since, so only the kernel knows.
  waiting.say("GET /a HTTP/1.1\r\n\r\n");
  server_->close_doors();
  await(waiting, "/a");
  await_refusal();
}

/// With the first the second is accepted too; the doors close before the loop comes to it.
TEST_F(HttpDrain, ClosedDoorsServeWhoHasJustBeenAccepted) {
  RawPeer one = connect();
  RawPeer other = connect();
  io_.run_one();
  server_->close_doors();
  for (RawPeer* peer : {&one, &other}) {
    peer->say("GET /a HTTP/1.1\r\n\r\n");
    await(*peer, "/a");
  }
}

TEST_F(HttpDrain, TheServerMayBeDestroyedWhenDrained) {
  server_->drain(milliseconds(1), [this] { server_.reset(); });
  run_until(io_, [this] { return !server_; });
  settle(io_);
}

/// Clients that come all the time, each with one request, from threads of their own.
class Crowd {
 public:
  explicit Crowd(std::uint16_t port) {
    for (std::thread& client : clients_) {
      client = std::thread([this, port] {
        while (ask(port)) {
        }
        ++gone_;
      });
    }
  }
  ~Crowd() {
    for (std::thread& client : clients_) client.join();
  }

  bool is_gone() const { return gone_ == clients_.size(); }
  int answered() const { return answered_; }
  int cut_off() const { return cut_off_; }

 private:
  /// False when nobody opens any more.
  bool ask(std::uint16_t port) {
    const common::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval patience{0, 100'000};  // The kernel would knock again only after a second.
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_storage to{};
    const socklen_t size =
        common::SocketAddress{common::IpAddress::v4(0x7f000001), port}.to_sockaddr(to);
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), size) != 0) return false;
    const std::string_view request = "GET /a HTTP/1.1\r\nConnection: close\r\n\r\n";
    std::array<char, 512> answer;
    const bool heard = ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) > 0 &&
                       ::recv(socket.get(), answer.data(), answer.size(), 0) > 0;
    ++(heard ? answered_ : cut_off_);
    return true;
  }

  std::atomic<int> answered_{0};
  std::atomic<int> cut_off_{0};
  std::atomic<std::size_t> gone_{0};
  std::array<std::thread, 3> clients_;
};

TEST_F(HttpDrain, ADoorThatClosesBeforeACrowdCutsNobodyOff) {
  for (int round = 0; round < 20; ++round) {
    if (round > 0) SetUp();
    Crowd crowd(port_);
    run_until(io_, [&] { return crowd.answered() > 20; });
    server_->close_doors();
    run_until(io_, [&] { return crowd.is_gone(); });
    ASSERT_EQ(crowd.cut_off(), 0) << "in round " << round;
  }
}

}  // namespace
}  // namespace http
