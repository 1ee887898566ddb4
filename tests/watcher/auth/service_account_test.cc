#include "watcher/auth/service_account.h"

#include <gmock/gmock.h>

#include "common/base64.h"
#include "tests/http/certificates.h"

namespace watcher::auth {
namespace {

using namespace std::chrono_literals;
using common::ErrorCode;
using testing::HasSubstr;

const WallTime kNow{1700000000s};

std::string secret(const std::string& more = R"("scheme":"RS256")") {
  return R"({"uid":"signpost","private_key":"PEM",)"
         R"("login_endpoint":"https://leader.mesos/acs/api/v1/auth/login",)" +
         more + "}";
}

TEST(ServiceAccount, IsReadFromTheSecretOfDcos) {
  const auto account = parse_service_account(secret());
  ASSERT_TRUE(account) << account.error().message;
  EXPECT_EQ(account->uid, "signpost");
  EXPECT_EQ(account->private_key, "PEM");
  EXPECT_EQ(account->login_endpoint.authority(), "leader.mesos:443");
  EXPECT_EQ(account->login_endpoint.target, "/acs/api/v1/auth/login");
}

TEST(ServiceAccount, IsRefusedWithItsReason) {
  const auto error = [](const std::string& json) {
    const auto account = parse_service_account(json);
    return account ? std::string() : account.error().message;
  };
  EXPECT_THAT(error("-----BEGIN"), HasSubstr("no JSON"));
  EXPECT_THAT(error(R"({"uid":"u"})"), HasSubstr("no private_key"));
  EXPECT_THAT(error(secret(R"("scheme":"HS256")")), HasSubstr("'HS256', not RS256"));
  EXPECT_THAT(error(R"({"uid":"u","private_key":"p","login_endpoint":"leader.mesos"})"),
              HasSubstr("login_endpoint 'leader.mesos' is not a URL"));
}

TEST(ServiceAccount, AsksForATokenOfAnHourWithAProofOfAMinute) {
  ServiceAccount account = *parse_service_account(secret());
  account.private_key = http::to_pem(http::Key(EVP_RSA_gen(2048)).get());
  const auto request = login_request(account, kNow);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->target, "/acs/api/v1/auth/login");
  EXPECT_EQ(http::find_header(request->headers, "Content-Type"), "application/json");
  EXPECT_THAT(request->body, HasSubstr(R"("exp":1700003600)"));
  EXPECT_THAT(request->body, HasSubstr(R"("uid":"signpost")"));
  const std::size_t start = request->body.find(R"("token":")") + 9;
  const std::string proof = request->body.substr(start, request->body.find('"', start) - start);
  EXPECT_EQ(expiry_of(proof), kNow + 60s);
}

TEST(Login, GivesTheTokenOfCookieOrBody) {
  const auto token = [](const http::Response& answer) {
    const auto login = read_login(answer, kNow);
    return login ? login->text : login.error().message;
  };
  EXPECT_EQ(token({200, {{"Set-Cookie", "dcos-acs-auth-cookie=abc; Path=/; HttpOnly"}}, "{}"}),
            "abc");
  EXPECT_EQ(token({200, {{"set-cookie", "dcos-acs-auth-cookie=\"abc\""}}, ""}), "abc");
  EXPECT_EQ(token({200, {{"Set-Cookie", "other=x"}}, R"({"token":"def"})"}), "def");
}

TEST(Login, HoldsAsLongAsTheTokenSays) {
  const std::string jwt = "e30." + common::base64url_encode(R"({"exp":1700000300})") + ".x";
  EXPECT_EQ(read_login({200, {}, R"({"token":")" + jwt + "\"}"}, kNow)->expires, kNow + 300s);
  EXPECT_EQ(read_login({200, {}, R"({"token":"opaque"})"}, kNow)->expires, kNow + 1h);
}

TEST(Login, SaysWhyThereIsNoToken) {
  EXPECT_EQ(read_login({401, {}, ""}, kNow).error().code, ErrorCode::NotPermitted);
  EXPECT_EQ(read_login({500, {}, ""}, kNow).error().code, ErrorCode::Unavailable);
  EXPECT_THAT(read_login({200, {}, "<html>"}, kNow).error().message, HasSubstr("gave no token"));
}

}  // namespace
}  // namespace watcher::auth
