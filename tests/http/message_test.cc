#include "http/message.h"

#include <gmock/gmock.h>

namespace http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string why_refused(std::string_view text) {
  const auto url = Url::parse(text);
  return url ? "it was accepted" : url.error().message;
}

TEST(Headers, AreFoundWithoutRegardToCase) {
  const Headers headers{{"X-Leader", "a:1"}, {"x-leader", "b:2"}};
  EXPECT_EQ(find_header(headers, "X-LEADER"), "a:1");
  EXPECT_EQ(find_header(headers, "X-Leader-Port"), "");
}

TEST(Url, TakesApartHostPortAndTarget) {
  const Url url = Url::parse("HTTP://marathon.example:8080/v2/events?a=b#part").value();
  EXPECT_EQ(url.scheme, "http");
  EXPECT_EQ(url.host, "marathon.example");
  EXPECT_EQ(url.port, "8080");
  EXPECT_EQ(url.target, "/v2/events?a=b");
  EXPECT_EQ(url.authority(), "marathon.example:8080");
}

TEST(Url, KnowsTheUsualPortsAndTarget) {
  EXPECT_EQ(Url::parse("http://a")->authority(), "a:80");
  EXPECT_EQ(Url::parse("https://a")->authority(), "a:443");
  EXPECT_EQ(Url::parse("http://a")->target, "/");
  EXPECT_EQ(Url::parse("http://a?x=1")->target, "/?x=1");
}

TEST(Url, HandlesIPv6Literals) {
  const Url url = Url::parse("http://[::1]:8080/ping").value();
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, "8080");
  EXPECT_EQ(url.authority(), "[::1]:8080");
  EXPECT_EQ(Url::parse("https://[fe80::1]")->authority(), "[fe80::1]:443");
}

TEST(Url, SaysWhatIsWrong) {
  EXPECT_EQ(why_refused("ftp://a"),
            "'ftp://a' is not a URL such as http://10.0.0.1:8080: "
            "it has to start with http:// or https://");
  EXPECT_THAT(why_refused("marathon:8080"), HasSubstr("start with http://"));
  EXPECT_THAT(why_refused(""), HasSubstr("start with http://"));
  EXPECT_THAT(why_refused("http://"), HasSubstr("no host"));
  EXPECT_THAT(why_refused("http://:80"), HasSubstr("no host"));
  EXPECT_THAT(why_refused("http://a:0"), HasSubstr("port is not 1 to 65535"));
  EXPECT_THAT(why_refused("http://a:65536"), HasSubstr("port is not 1 to 65535"));
  EXPECT_THAT(why_refused("http://a:8o"), HasSubstr("port is not 1 to 65535"));
  EXPECT_THAT(why_refused("http://a:"), HasSubstr("port is not 1 to 65535"));
  EXPECT_THAT(why_refused("http://[::1"), HasSubstr("no IPv6 address in brackets"));
  EXPECT_THAT(why_refused("http://[10.0.0.1]"), HasSubstr("no IPv6 address in brackets"));
  EXPECT_THAT(why_refused("http://[::1]8080"), HasSubstr("port is not 1 to 65535"));
  EXPECT_THAT(why_refused("http://me:secret@a"), HasSubstr("user name"));
  EXPECT_THAT(why_refused("http://a/x y"), HasSubstr("blank or control"));
  EXPECT_THAT(why_refused("http://a/\r\nX: y"), HasSubstr("blank or control"));
}

TEST(PercentDecode, DecodesOctetsAndLeavesTheRest) {
  EXPECT_EQ(percent_decode("%2Fa%2fb+c"), "/a/b+c");
  EXPECT_EQ(percent_decode("%E2%82%AC"), "€");
  EXPECT_EQ(percent_decode("100%"), "100%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%+1%41"), "%zz%+1A");
}

TEST(Request, PathEndsAtTheQuery) {
  EXPECT_EQ((Request{.target = "/v2/apps%2F?x=/y", .headers = {}, .body = {}}.path()),
            "/v2/apps%2F");
  EXPECT_EQ((Request{.target = "/", .headers = {}, .body = {}}.path()), "/");
}

TEST(Request, QueryGivesEveryValueInOrder) {
  const Request request{
      .target = "/v2/events?event_type=b&x=1&event_type=a+c&event%5Ftype=%2b&event_type&&",
      .headers = {},
      .body = {}};
  EXPECT_THAT(request.query("event_type"), ElementsAre("b", "a c", "+", ""));
  EXPECT_THAT(request.query("x"), ElementsAre("1"));
  EXPECT_THAT(request.query("y"), IsEmpty());
  EXPECT_THAT(request.query(""), IsEmpty());
  EXPECT_THAT((Request{.headers = {}, .body = {}}.query("x")), IsEmpty());
}

TEST(JsonResponse, SaysThatItIsJson) {
  const Response response = json_response(409, "{}");
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(find_header(response.headers, "content-type"), "application/json");
  EXPECT_EQ(response.body, "{}");
}

}  // namespace
}  // namespace http
