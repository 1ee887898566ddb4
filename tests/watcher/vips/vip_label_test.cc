#include "watcher/vips/vip_label.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace watcher {
namespace {

using ::testing::HasSubstr;

std::string read(std::string_view value,
                 std::string_view framework = "marathon",
                 Protocol protocol = Protocol::Tcp) {
  const auto id = parse_vip_label(value, framework, protocol);
  return id ? id->to_string() : "refused: " + id.error().message;
}

TEST(VipLabel, NamesAVip) {
  EXPECT_EQ(read("/sise:80"), "sise.marathon:80/tcp");
  EXPECT_EQ(read("sise:80"), "sise.marathon:80/tcp");
  EXPECT_EQ(read("/mygroup/myapp:5000"), "mygroupmyapp.marathon:5000/tcp");
  EXPECT_EQ(read("name.marathon:80"), "name.marathon.marathon:80/tcp");
  EXPECT_EQ(read("broker:9092", "Kafka_Dev"), "broker.kafka-dev:9092/tcp");
  EXPECT_EQ(read("/dns:53", "marathon", Protocol::Udp), "dns.marathon:53/udp");
}

TEST(VipLabel, IsOneVipHoweverItIsWritten) {
  EXPECT_EQ(read("/foo:80"), read("foo:80"));
  EXPECT_EQ(read("/foo:80"), read("/F/oo:80"));
}

TEST(VipLabel, TakesAddresses) {
  EXPECT_EQ(read("1.2.3.4:5000"), "1.2.3.4:5000/tcp");
  EXPECT_EQ(read("fd01:c::1:80"), "[fd01:c::1]:80/tcp");
  EXPECT_EQ(read("[fd01:c::1]:80"), "[fd01:c::1]:80/tcp");
}

TEST(VipLabel, SplitsAtTheLastColon) {
  EXPECT_EQ(read("a:b:80"), "ab.marathon:80/tcp");
  EXPECT_EQ(read("tcp://1.2.3.4:80"), "tcp1.2.3.4.marathon:80/tcp");  // As in DC/OS: no scheme.
}

TEST(VipLabel, RefusesWhatIsNoPort) {
  for (const char* value : {"/web",
                            "",
                            "/web:",
                            "/web:0",
                            "/web:65536",
                            "/web:-1",
                            "/web:http",
                            "/web:80 ",
                            "1.2.3.4"}) {
    EXPECT_THAT(read(value), HasSubstr("port")) << value;
  }
}

TEST(VipLabel, RefusesNamesThatCannotBeAsked) {
  for (const char* value : {":80", "/:80", "/...:80", "%.b:80", "a.%.b:80", "a.%:80"}) {
    EXPECT_THAT(read(value), HasSubstr("a letter or a digit")) << value;
  }
  EXPECT_THAT(read("/web:80", ""), HasSubstr("framework"));
  EXPECT_THAT(read("/web:80", "a.$"), HasSubstr("framework"));
  std::string long_name;
  for (int i = 0; i < 60; ++i) long_name += "part.";
  EXPECT_THAT(read(long_name + "end:80"), HasSubstr("too long"));
}

TEST(VipLabel, RefusesAddressesNoClientCanReach) {
  for (const char* value : {"0.0.0.0:80",
                            "127.0.0.1:80",
                            "127.128.3.4:80",
                            "224.0.0.1:80",
                            "255.255.255.255:80",
                            ":::80",
                            "::1:80",
                            "[::1]:80",
                            "[ff02::1]:80",
                            "[::ffff:127.0.0.1]:80"}) {
    EXPECT_THAT(read(value), HasSubstr("cannot be a VIP")) << value;
  }
}

}  // namespace
}  // namespace watcher
