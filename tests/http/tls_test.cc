#include <gmock/gmock.h>

#include "http/client.h"
#include "tests/http/tls_server.h"

namespace http {
namespace {

using testing::StartsWith;

common::Expected<Response> fetch_over_tls(FetchOptions options) {
  boost::asio::io_context io;
  const TlsServer server(io);
  std::optional<common::Expected<Response>> result;
  const auto operation = fetch(io,
                               *Url::parse("https://127.0.0.1:" + std::to_string(server.port())),
                               {},
                               options,
                               [&](auto response) { result = std::move(response); });
  run_until(io, [&] { return result.has_value(); });
  return *result;
}

TEST(Https, RefusesAPeerThatNobodyVouchesForAndSaysWhy) {
  const auto result = fetch_over_tls({});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, testing::HasSubstr(": cannot agree on TLS: "));
  EXPECT_THAT(result.error().message, testing::EndsWith("self-signed certificate"));
}

TEST(Https, TalksToAnyPeerWhenToldNotToVerify) {
  const auto result = fetch_over_tls({.verify_peer = false});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->body, "secret");
}

}  // namespace
}  // namespace http
