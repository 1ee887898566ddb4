#include "minimarathon/serve/bridge.h"

#include <gmock/gmock.h>

#include <boost/asio/ip/udp.hpp>

#include "minimarathon/endpoint.h"
#include "tests/minimarathon/pidfd.h"
#include "tests/minimarathon/serve/served.h"

namespace minimarathon::serve {
namespace {

using boost::asio::ip::udp;
using common::SocketAddress;
using testing::HasSubstr;
using testing::StartsWith;

TEST(BridgeArguments, AreMappingsAndACommand) {
  const auto parsed = BridgeArguments::parse(
      {"127.0.0.2:31000:8080/tcp", "[::1]:31001:53/udp", "10.0.0.1:1:2", "--", "sleep", "--", "5"});
  ASSERT_TRUE(parsed) << parsed.error().message;
  ASSERT_EQ(parsed->mappings.size(), 3U);
  EXPECT_EQ(parsed->mappings[0].outside.to_string(), "127.0.0.2:31000/tcp");
  EXPECT_EQ(parsed->mappings[0].inside, 8080);
  EXPECT_EQ(parsed->mappings[1].outside.to_string(), "[::1]:31001/udp");
  EXPECT_EQ(parsed->mappings[1].inside, 53);
  EXPECT_EQ(parsed->mappings[2].outside.to_string(), "10.0.0.1:1/tcp");
  EXPECT_THAT(parsed->command, testing::ElementsAre("sleep", "--", "5"));
}

TEST(BridgeArguments, AreRefusedWithTheReason) {
  for (const auto& args :
       std::vector<std::vector<std::string>>{{},
                                             {"127.0.0.1:1:2"},
                                             {"127.0.0.1:1:2", "--"},
                                             {"127.0.0.1:1", "--", "true"},
                                             {"localhost:1:2", "--", "true"},
                                             {"127.0.0.1:1:0", "--", "true"},
                                             {"127.0.0.1:0:1", "--", "true"},
                                             {"127.0.0.1:1:65536", "--", "true"},
                                             {"127.0.0.1:1:2/icmp", "--", "true"}}) {
    const auto parsed = BridgeArguments::parse(args);
    ASSERT_FALSE(parsed);
    EXPECT_THAT(parsed.error().message, testing::AnyOf(HasSubstr("'--'"), HasSubstr("mapping")));
  }
}

class Bridge : public Served {
 protected:
  /// Runs `command` behind a bridge, as `user` says, e.g. {"setpriv", …}.
  void bridge(const std::vector<std::string>& mappings,
              const std::vector<std::string>& command,
              std::vector<std::string> user = {}) {
    user.insert(user.end(), {MINIMARATHON_SERVE, "bridge"});
    user.insert(user.end(), mappings.begin(), mappings.end());
    user.emplace_back("--");
    user.insert(user.end(), command.begin(), command.end());
    start(std::move(user));
  }
  static std::string mapping(const SocketAddress& outside, const std::string& inside) {
    return outside.to_string() + ":" + inside;
  }
  static std::vector<std::string> shell(const std::string& script) {
    return {"/bin/sh", "-c", script};
  }
  /// For the middle of a test: a kernel that gives no network can prove nothing here.
  bool has_own_network() const {
    return errors().find("no network of its own") == std::string::npos;
  }
};

#define SKIP_WITHOUT_OWN_NETWORK() \
  if (!has_own_network()) GTEST_SKIP() << "the kernel gives no network namespace: " << errors()

TEST_F(Bridge, ReachesAContainerPortByItsHostPort) {
  const SocketAddress outside = free_address();
  bridge({mapping(outside, "80/tcp")}, {MINIMARATHON_SERVE, "nginx"});
  await_listening(outside);
  SKIP_WITHOUT_OWN_NETWORK();
  EXPECT_THAT(get(outside, "/").body, HasSubstr("<h1>"));
  terminate();
  EXPECT_EQ(await_exit(), "Command exited with status 0");
}

TEST_F(Bridge, GivesANetworkWithNothingButALoopback) {
  bridge({}, shell("cut -d: -f1 /proc/net/dev | tail -n +3; exit 5"));
  EXPECT_EQ(await_exit(), "Command exited with status 5");
  SKIP_WITHOUT_OWN_NETWORK();
  EXPECT_THAT(output(), testing::MatchesRegex(" *lo\n"));
}

TEST_F(Bridge, WorksWithoutRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "the other tests have proved it";
  const SocketAddress outside = free_address();
  bridge({mapping(outside, "80/tcp")},
         {MINIMARATHON_SERVE, "nginx"},
         {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
  await_listening(outside);
  SKIP_WITHOUT_OWN_NETWORK();
  EXPECT_EQ(get(outside, "/").status, 200);
}

TEST_F(Bridge, SaysSoAndRelaysWhereTheKernelRefusesANetwork) {
  const SocketAddress outside = free_address();
  const std::string inside = std::to_string(free_address().port);
  // A user namespace whose root has forbidden any further network.
  bridge({mapping(outside, inside)},
         {MINIMARATHON_SERVE, "stand-in"},
         {"unshare",
          "--user",
          "--map-root-user",
          "/bin/sh",
          "-c",
          "echo 0 > /proc/sys/user/max_net_namespaces && exec \"$@\"",
          "sh"});
  while (exits_.empty() && !accepts(outside)) {
  }
  if (!exits_.empty()) GTEST_SKIP() << "no user namespace to be had: " << errors();
  EXPECT_THAT(get(outside, "/").body, HasSubstr("\"port\": " + inside));
  EXPECT_THAT(errors(), StartsWith("signpost serve bridge: no network of its own for this task"));
}

TEST_F(Bridge, RefusesConnectionsUntilTheCommandListens) {
  const SocketAddress outside = free_address();
  const Fifo started(dir_.path() + "/started");
  const Fifo go(dir_.path() + "/go");
  bridge({mapping(outside, "80")},
         shell("echo > " + started.path() + "; read line < " + go.path() +
               "; exec " MINIMARATHON_SERVE " nginx"));
  started.read_line();
  EXPECT_FALSE(accepts(outside));
  go.write_line();
  await_listening(outside);
  EXPECT_EQ(get(outside, "/").status, 200);
}

TEST_F(Bridge, RelaysDatagrams) {
  const SocketAddress tcp = free_address();
  const SocketAddress echo = free_address();
  bridge({mapping(echo, "53/udp"), mapping(tcp, "80/tcp")}, {MINIMARATHON_SERVE, "stand-in"});
  await_listening(tcp);
  for (const std::string text : {"one", "two"}) {
    udp::socket client(io_, udp::v4());
    client.send_to(boost::asio::buffer(text), to_endpoint<udp::endpoint>(echo));
    std::string answer(16, '\0');
    udp::endpoint from;
    answer.resize(client.receive_from(boost::asio::buffer(answer), from));
    EXPECT_EQ(answer, text);
    EXPECT_EQ(from, to_endpoint<udp::endpoint>(echo));
  }
}

TEST_F(Bridge, DeliversTheLastWordsOfTheCommand) {
  const SocketAddress outside = free_address();
  bridge({mapping(outside, "80")}, {MINIMARATHON_SERVE, "nginx"});
  await_listening(outside);
  http::RawPeer client(http::Tcp::socket{io_});
  client.socket().connect(to_endpoint<http::Tcp::endpoint>(outside));
  terminate();
  client.say("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(await_exit(), "Command exited with status 0");
  http::run_until(io_, [&] { return client.ended(); });
  EXPECT_THAT(client.heard(), HasSubstr("</html>"));
}

TEST_F(Bridge, EndsWithItsCommandHoweverThatEnds) {
  const SocketAddress outside = free_address();
  bridge({mapping(outside, "80")},
         shell("trap '' TERM; " MINIMARATHON_SERVE " nginx; sleep 600 & wait"));
  await_listening(outside);
  runner_.kill("task-1", std::chrono::milliseconds(1));
  EXPECT_EQ(await_exit(), "Command terminated with signal Killed");
  while (accepts(outside)) {
  }
}

TEST_F(Bridge, LeavesTheCommandWithoutStrangeChildren) {
  bridge({}, shell("wait; pgrep -P $$ -f bridge; test $? = 1 && echo alone"));
  await_exit();
  EXPECT_EQ(output(), "alone\n");
}

TEST_F(Bridge, SaysWhyItCannotRunTheCommand) {
  bridge({}, {"no-such-program"});
  EXPECT_EQ(await_exit(), "Command exited with status 1");
  EXPECT_THAT(errors(), HasSubstr("cannot execute 'no-such-program': No such file or directory"));
}

TEST_F(Bridge, SaysWhichPortIsTaken) {
  const http::Tcp::endpoint any(boost::asio::ip::address_v4(host().to_v4()), 0);
  const http::Tcp::acceptor taken(io_, any);
  const std::string port = std::to_string(taken.local_endpoint().port());
  bridge({host().to_string() + ":" + port + ":80"}, {"true"});
  EXPECT_EQ(await_exit(), "Command exited with status 1");
  EXPECT_THAT(errors(), HasSubstr("cannot bind " + host().to_string() + ":" + port + "/tcp"));
}

}  // namespace
}  // namespace minimarathon::serve
