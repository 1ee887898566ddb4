#include "minimarathon/serve/listen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace minimarathon::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// gtest_discover_tests runs every test in a process of its own; this is for those who run them
/// all.
class ListenTest : public testing::Test {
 protected:
  ListenTest() {
    for (const char* name : {"HOST", "PORT0", "PORTS", kListenVariable}) ::unsetenv(name);
  }
  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
  static std::string first(std::uint16_t default_port) {
    const auto listen = first_listen(default_port);
    return listen ? listen->to_string() : listen.error().message;
  }
  static std::vector<std::string> all(const std::vector<std::string>& ports) {
    std::vector<std::string> texts;
    const auto listens = all_listens(ports);
    if (!listens) return {listens.error().message};
    for (const Listen& listen : *listens) texts.push_back(listen.to_string());
    return texts;
  }
};

TEST_F(ListenTest, OutsideATaskTheDefaultPortIsOpenToAll) {
  EXPECT_EQ(first(9876), "0.0.0.0:9876/tcp");
  EXPECT_THAT(all({}), IsEmpty());
}

TEST_F(ListenTest, ATaskListensOnItsHostAndPorts) {
  set("HOST", "127.0.0.3");
  set("PORT0", "31000");
  set("PORTS", "31000,31001");
  EXPECT_EQ(first(9876), "127.0.0.3:31000/tcp");
  EXPECT_THAT(all({}), ElementsAre("127.0.0.3:31000/tcp", "127.0.0.3:31001/tcp"));
}

TEST_F(ListenTest, AHostThatIsANameMeansAllAddresses) {
  set("HOST", "agent-1.example");
  EXPECT_EQ(first(80), "0.0.0.0:80/tcp");
}

TEST_F(ListenTest, ArgumentsSayWhichPortsAreUdp) {
  set("PORTS", "1,2");
  EXPECT_THAT(all({"31000", "31001/udp", "31002/tcp"}),
              ElementsAre("0.0.0.0:31000/tcp", "0.0.0.0:31001/udp", "0.0.0.0:31002/tcp"));
}

TEST_F(ListenTest, ABridgeKnowsBest) {
  set("HOST", "10.0.0.1");
  set("PORT0", "31000");
  set(kListenVariable, "0.0.0.0:53/udp,0.0.0.0:80/tcp");
  EXPECT_EQ(first(9876), "0.0.0.0:80/tcp");
  EXPECT_THAT(all({"31000"}), ElementsAre("0.0.0.0:53/udp", "0.0.0.0:80/tcp"));
}

TEST_F(ListenTest, RefusesWhatIsNoPort) {
  EXPECT_THAT(all({"0"}), ElementsAre("'0' is not a port number from 1 to 65535"));
  EXPECT_THAT(all({"65536"}), ElementsAre(HasSubstr("65536")));
  EXPECT_THAT(all({"80/sctp"}), ElementsAre("'sctp' is not a transport protocol: tcp or udp"));
  set("PORT0", "http");
  EXPECT_THAT(first(80), HasSubstr("'http' is not a port number"));
  set(kListenVariable, "nonsense");
  EXPECT_THAT(first(80), HasSubstr("nonsense"));
}

}  // namespace
}  // namespace minimarathon::serve
