#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/ip/udp.hpp>
#include <thread>

#include "minimarathon/endpoint.h"
#include "tests/minimarathon/serve/served.h"

namespace minimarathon::serve {
namespace {

using boost::asio::ip::udp;
using common::SocketAddress;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Servers : public Served {
 protected:
  /// Starts `args` on a free port in PORT0; where it listens.
  SocketAddress serve_on_port0(const std::vector<std::string>& args,
                               std::map<std::string, std::string> env = {}) {
    const SocketAddress address = free_address();
    env.emplace("PORT0", std::to_string(address.port));
    serve(args, std::move(env));
    await_listening(address);
    return address;
  }
};

TEST_F(Servers, SimpleserviceAnswersAsItsUsersKnowIt) {
  const SocketAddress address =
      serve_on_port0({"simpleservice"}, {{"SIMPLE_SERVICE_VERSION", "1.0"}});
  const std::string authority = address.to_string();
  const http::Response answer = get(address, "/endpoint0");
  EXPECT_EQ(answer.body,
            R"({"host": ")" + authority + R"(", "version": "1.0", "result": "all is well"})");
  EXPECT_EQ(http::find_header(answer.headers, "Content-Type"), "application/json");
  EXPECT_EQ(http::find_header(answer.headers, "X-Task-Id"), "task-1");
  EXPECT_EQ(get(address, "/health").body, R"({"healthy": true})");
  EXPECT_EQ(get(address, "/info").body,
            R"({"host": ")" + authority + R"(", "version": "1.0", "from": "127.0.0.1"})");
  EXPECT_THAT(get(address, "/env").body, StartsWith(R"({"version": "1.0", "env": ")"));
  EXPECT_THAT(get(address, "/env").body, HasSubstr(R"(MESOS_TASK_ID=task-1\n)"));
  EXPECT_EQ(get(address, "/").status, 404);
}

TEST_F(Servers, SimpleserviceIsVersion09UnlessTold) {
  EXPECT_THAT(get(serve_on_port0({"simpleservice"}), "/endpoint0").body,
              HasSubstr(R"("version": "0.9")"));
}

TEST_F(Servers, SimpleserviceServesOthersWhileHealthWaits) {
  const SocketAddress address =
      serve_on_port0({"simpleservice"}, {{"HEALTH_MIN", "3600000"}, {"HEALTH_MAX", "3600000"}});
  http::RawPeer patient(http::Tcp::socket{io_});
  patient.socket().connect(to_endpoint<http::Tcp::endpoint>(address));
  patient.say("GET /health HTTP/1.1\r\n\r\n");
  EXPECT_EQ(get(address, "/endpoint0").status, 200);
  EXPECT_EQ(patient.heard(), "");
}

TEST_F(Servers, SimpleserviceRefusesADelayThatIsNone) {
  serve({"simpleservice"}, {{"PORT0", "31000"}, {"HEALTH_MAX", "soon"}});
  EXPECT_EQ(await_exit(), "Command exited with status 1");
  EXPECT_EQ(errors(),
            "signpost serve simpleservice: HEALTH_MAX='soon' is not a number of milliseconds\n");
}

TEST_F(Servers, NginxWelcomes) {
  const SocketAddress address = serve_on_port0({"nginx"});
  const http::Response page = get(address, "/");
  EXPECT_THAT(page.body, HasSubstr("<h1>"));
  EXPECT_EQ(http::find_header(page.headers, "Server"), "signpost-serve/nginx");
  EXPECT_EQ(get(address, "/missing").status, 404);
}

TEST_F(Servers, StandInAnswersOnEveryPort) {
  const SocketAddress one = free_address();
  const SocketAddress two = free_address();
  serve({"stand-in"}, {{"PORTS", std::to_string(one.port) + "," + std::to_string(two.port)}});
  for (const SocketAddress& address : {one, two}) {
    await_listening(address);
    EXPECT_EQ(
        get(address, "/x").body,
        R"({"task": "task-1", "port": )" + std::to_string(address.port) + ", \"path\": \"/x\"}\n");
  }
}

TEST_F(Servers, StandInEchoesDatagrams) {
  const SocketAddress tcp = free_address();
  const SocketAddress echo = free_address();
  serve({"stand-in", std::to_string(echo.port) + "/udp", std::to_string(tcp.port) + "/tcp"});
  await_listening(tcp);  // The last in the list, so the other is there.
  udp::socket client(io_, udp::v4());
  client.send_to(boost::asio::buffer(std::string("ping")), to_endpoint<udp::endpoint>(echo));
  std::string answer(16, '\0');
  udp::endpoint from;
  answer.resize(client.receive_from(boost::asio::buffer(answer), from));
  EXPECT_EQ(answer, "ping");
  EXPECT_EQ(from, to_endpoint<udp::endpoint>(echo));
}

TEST_F(Servers, SayWhyTheyCannotServe) {
  const http::Tcp::endpoint any(boost::asio::ip::address_v4(host().to_v4()), 0);
  const http::Tcp::acceptor taken(io_, any);
  const std::string port = std::to_string(taken.local_endpoint().port());
  serve({"nginx"}, {{"PORT0", port}});
  EXPECT_EQ(await_exit(), "Command exited with status 1");
  EXPECT_EQ(errors(),
            "signpost serve nginx: cannot listen on " + host().to_string() + ":" + port +
                ": Address already in use\n");
}

TEST_F(Servers, UnknownOnesAreRefusedByName) {
  serve({"apache"});
  EXPECT_EQ(await_exit(), "Command exited with status 1");
  EXPECT_THAT(errors(), HasSubstr("'apache' is not a built-in server"));
}

TEST_F(Servers, EndOnSigtermWhenIdle) {
  const SocketAddress address = serve_on_port0({"simpleservice"});
  http::RawPeer kept(http::Tcp::socket{io_});
  kept.socket().connect(to_endpoint<http::Tcp::endpoint>(address));
  terminate();
  EXPECT_EQ(await_exit(), "Command exited with status 0");
}

TEST_F(Servers, EndOnSigtermThoughAnAnswerIsDueForLong) {
  const SocketAddress address =
      serve_on_port0({"simpleservice"}, {{"HEALTH_MIN", "3600000"}, {"HEALTH_MAX", "3600000"}});
  http::RawPeer patient(http::Tcp::socket{io_});
  patient.socket().connect(to_endpoint<http::Tcp::endpoint>(address));
  patient.say("GET /health HTTP/1.1\r\n\r\n");
  terminate();
  EXPECT_EQ(await_exit(), "Command exited with status 0");
}

/// A client on a thread of its own that asks without pause, over one connection for as long as the
/// server keeps it, or over a new one each time.
class BusyClient {
 public:
  enum class Connections { Kept, New };

  BusyClient(const SocketAddress& address, Connections connections)
      : address_(address), connections_(connections), thread_([this] { run(); }) {}
  ~BusyClient() {
    stopped_ = true;
    thread_.join();
  }
  BusyClient(const BusyClient&) = delete;
  BusyClient& operator=(const BusyClient&) = delete;

  int answers() const { return answers_; }
  int failures() const { return failures_; }

 private:
  void run() {
    std::optional<http::RawPeer> peer;
    while (!stopped_) {
      try {
        if (!peer) {
          peer.emplace(http::Tcp::socket(io_));
          peer->socket().connect(to_endpoint<http::Tcp::endpoint>(address_));
        }
        const std::string answer = ask(*peer);
        answer.starts_with("HTTP/1.1 200 ") ? ++answers_ : ++failures_;
        const bool closes = answer.find("\r\nConnection: close\r\n") != std::string::npos;
        if (closes || connections_ == Connections::New) peer.reset();
      } catch (const boost::system::system_error&) {
        ++failures_;
        peer.reset();
      }
    }
  }
  static std::string ask(http::RawPeer& peer) {
    peer.say("GET /endpoint0 HTTP/1.1\r\nHost: x\r\n\r\n");
    std::string answer;
    while (!answer.ends_with("all is well\"}")) {
      std::array<char, 1024> bytes;
      answer.append(bytes.data(), peer.socket().read_some(boost::asio::buffer(bytes)));
    }
    return answer;
  }

  SocketAddress address_;
  Connections connections_;
  boost::asio::io_context io_;
  std::atomic<bool> stopped_ = false;
  std::atomic<int> answers_ = 0;
  std::atomic<int> failures_ = 0;
  std::thread thread_;
};

TEST_F(Servers, NoRequestFailsWhileClientsLearnOfTheEnd) {
  const SocketAddress address = serve_on_port0({"simpleservice"});
  {
    BusyClient kept(address, BusyClient::Connections::Kept);
    BusyClient fresh(address, BusyClient::Connections::New);
    const auto await_answers = [&](int count) {
      const int kept_so_far = kept.answers();
      const int fresh_so_far = fresh.answers();
      while (kept.failures() + fresh.failures() == 0 &&
             (kept.answers() < kept_so_far + count || fresh.answers() < fresh_so_far + count)) {
        std::this_thread::yield();
      }
    };
    await_answers(20);
    terminate();
    await_answers(40);  // Well within the 2.5 s for which the server holds out.
    EXPECT_EQ(kept.failures(), 0);
    EXPECT_EQ(fresh.failures(), 0);
  }
  EXPECT_EQ(await_exit(), "Command exited with status 0");
}

}  // namespace
}  // namespace minimarathon::serve
