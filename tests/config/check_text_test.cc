#include "config/check_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace config {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Check parsed(std::string_view text) {
  const auto check = Type<Check>::parse(text);
  EXPECT_TRUE(check) << text << ": " << (check ? "" : check.error());
  return check.value_or(Check());
}
std::string complaint(std::string_view text) {
  const auto check = Type<Check>::parse(text);
  return check ? "none" : check.error();
}

TEST(CheckText, ReadsEachKind) {
  EXPECT_EQ(parsed("none").kind, CheckKind::None);
  EXPECT_EQ(parsed("tcp").kind, CheckKind::Tcp);
  EXPECT_EQ(parsed("tls host=shop.example.org").host, "shop.example.org");
  EXPECT_EQ(parsed("http").subject, "/");
  EXPECT_EQ(parsed("https /health?full=1").subject, "/health?full=1");
  EXPECT_EQ(parsed("grpc shop.Cart").subject, "shop.Cart");
  EXPECT_EQ(parsed("udp \\x00ping\\r\\n").subject, std::string("\0ping\r\n", 7));
  EXPECT_EQ(parsed("dns ready.example").subject, "ready.example");
  EXPECT_THAT(parsed("command timeout=5s /bin/check -a rise=9 \"two words\"").command,
              ElementsAre("/bin/check", "-a", "rise=9", "two words"));
}

TEST(CheckText, ReadsWhatStandsBehind) {
  const Check check = parsed(
      "http /health host=a.b status=200-299,401 \"expect=all is well\" port=8081 interval=10s "
      "timeout=500ms rise=1 fall=5");
  EXPECT_EQ(check.host, "a.b");
  EXPECT_THAT(check.statuses, ElementsAre(StatusRange{200, 299}, StatusRange{401, 401}));
  EXPECT_EQ(check.expect, "all is well");
  EXPECT_EQ(check.port, 8081);
  EXPECT_EQ(check.interval, 10s);
  EXPECT_EQ(check.timeout, 500ms);
  EXPECT_EQ(check.rise, 1);
  EXPECT_EQ(check.fall, 5);
}

TEST(CheckText, TakesASingleWordForAName) {
  EXPECT_EQ(parsed("redis").kind, CheckKind::Named);
  EXPECT_EQ(parsed("redis").subject, "redis");
}

TEST(CheckText, PrintsWhatItReadsBack) {
  for (const std::string text : {"none",
                                 "tcp port=99",
                                 "tcp send-proxy=v1",
                                 "tls host=a.b",
                                 "grpc send-proxy=none",
                                 "http / status=200,300-399",
                                 "https /x \"expect=all is well\" interval=1m rise=1",
                                 "grpc",
                                 "grpc shop.Cart",
                                 "udp \\x00\\\\a expect=\\r\\n",
                                 "dns a.b",
                                 "command timeout=5s /bin/check -a rise=9 \"two words\"",
                                 "redis"}) {
    EXPECT_EQ(Type<Check>::print(parsed(text)), text);
  }
}

TEST(CheckText, SaysWhatToWriteInstead) {
  EXPECT_THAT(complaint(""), HasSubstr("begins with its kind"));
  EXPECT_THAT(complaint("htp /health"), HasSubstr("the kinds are none, tcp"));
  EXPECT_THAT(complaint("tcp status=200"), HasSubstr("tcp takes no status="));
  EXPECT_THAT(complaint("none port=1"), HasSubstr("none takes no port="));
  EXPECT_THAT(complaint("http health"), HasSubstr("starts with /"));
  EXPECT_THAT(complaint("http /a /b"), HasSubstr("write http /PATH"));
  EXPECT_THAT(complaint("http status=200-"), HasSubstr("200-299,401"));
  EXPECT_THAT(complaint("http status=700"), HasSubstr("200-299,401"));
  EXPECT_THAT(complaint("tcp interval=1"), HasSubstr("durations of 10ms"));
  EXPECT_THAT(complaint("tcp interval=0s"), HasSubstr("durations of 10ms"));
  EXPECT_THAT(complaint("tcp rise=0"), HasSubstr("1 to 100"));
  EXPECT_THAT(complaint("tcp port=0"), HasSubstr("1 to 65535"));
  EXPECT_THAT(complaint("tcp send-proxy=v3"), HasSubstr("v1, v2 or none"));
  EXPECT_THAT(complaint("dns a.b send-proxy=v1"), HasSubstr("dns takes no send-proxy="));
  EXPECT_THAT(complaint("udp"), HasSubstr("write udp OCTETS"));
  EXPECT_THAT(complaint("udp \"\""), HasSubstr("an octet or more"));
  EXPECT_THAT(complaint("udp \\x0"), HasSubstr("xNN"));
  EXPECT_THAT(complaint("dns A.B"), HasSubstr("domain name in lower case"));
  EXPECT_THAT(complaint("command check"), HasSubstr("starts with /"));
  EXPECT_THAT(complaint("command"), HasSubstr("write command"));
  EXPECT_THAT(complaint("http \"/a"), HasSubstr("closing quote"));
}

}  // namespace
}  // namespace config
