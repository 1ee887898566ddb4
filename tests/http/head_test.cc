#include "http/head.h"

#include <gtest/gtest.h>

namespace http {
namespace {

TEST(RequestHead, KeepsTheCallersHeadersAsTheyAre) {
  const Url url = Url::parse("http://a:8080").value();
  const Request request{.target = "/v2/events",
                        .headers = {{"accept", "text/event-stream"}, {"X-b", "1"}, {"x-A", "2"}},
                        .body = {}};
  EXPECT_EQ(request_head(url, request),
            "GET /v2/events HTTP/1.1\r\n"
            "Host: a:8080\r\n"
            "accept: text/event-stream\r\n"
            "X-b: 1\r\n"
            "x-A: 2\r\n"
            "\r\n");
}

TEST(RequestHead, GivesTheLengthWhereABodyIsExpected) {
  const Url url = Url::parse("http://a").value();
  EXPECT_EQ(request_head(url, {.method = "POST", .headers = {}, .body = "{}"}),
            "POST / HTTP/1.1\r\nHost: a:80\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(request_head(url, {.method = "PUT", .headers = {}, .body = {}}),
            "PUT / HTTP/1.1\r\nHost: a:80\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(request_head(url, {.method = "DELETE", .headers = {}, .body = {}}),
            "DELETE / HTTP/1.1\r\nHost: a:80\r\n\r\n");
}

TEST(RequestHead, LetsNoTargetStartAnotherLine) {
  const Url url = Url::parse("http://a").value();
  EXPECT_EQ(request_head(url, {.target = "/a b\r\nX: %41\x7f", .headers = {}, .body = {}}),
            "GET /a%20b%0D%0AX:%20%41%7F HTTP/1.1\r\nHost: a:80\r\n\r\n");
}

TEST(RequestHead, LetsTheCallerNameAnotherHost) {
  const Url url = Url::parse("http://10.0.0.1").value();
  EXPECT_EQ(request_head(url, {.headers = {{"host", "b"}}, .body = {}}),
            "GET / HTTP/1.1\r\nhost: b\r\n\r\n");
}

TEST(ResponseHead, OwnsLengthAndConnection) {
  const Response response{.status = 404,
                          .headers = {{"content-length", "99"}, {"X-A", "1"}, {"connection", "x"}},
                          .body = "gone"};
  EXPECT_EQ(response_head(response, After::KeepOpen),
            "HTTP/1.1 404 Not Found\r\nX-A: 1\r\nContent-Length: 4\r\n\r\n");
  EXPECT_EQ(response_head(response, After::Close),
            "HTTP/1.1 404 Not Found\r\nX-A: 1\r\nContent-Length: 4\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(response_head(response, After::Stream),
            "HTTP/1.1 404 Not Found\r\nX-A: 1\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHead, HasNoLengthWhereNoBodyCanBe) {
  EXPECT_EQ(response_head({.status = 204, .headers = {}, .body = {}}, After::KeepOpen),
            "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_FALSE(allows_body(100));
  EXPECT_FALSE(allows_body(304));
  EXPECT_TRUE(allows_body(422));
}

TEST(ResponseHead, LetsNoValueStartAnotherHeader) {
  const Response response{.headers = {{"Location", "/a\r\nSet-Cookie: x\tä"}}, .body = {}};
  EXPECT_EQ(response_head(response, After::KeepOpen),
            "HTTP/1.1 200 OK\r\nLocation: /aSet-Cookie: x\tä\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace http
