#include "watcher/auth/service_account.h"

#include <boost/json.hpp>
#include <utility>

#include "watcher/follow/json.h"

namespace watcher::auth {
namespace {

using common::ErrorCode;
using common::Expected;
using common::fail;

constexpr std::chrono::seconds kProofLife{60};
constexpr std::chrono::seconds kTokenLife{3600};
constexpr std::string_view kCookie = "dcos-acs-auth-cookie=";

std::int64_t unix_seconds(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// Set-Cookie: NAME=VALUE; attributes. DC/OS puts quotes around some values.
std::string cookie_in(const http::Response& answer) {
  for (const auto& [name, value] : answer.headers) {
    const std::size_t at = value.find(kCookie);
    if (at != 0 || http::find_header({{name, value}}, "Set-Cookie").empty()) continue;
    std::string token = value.substr(kCookie.size(), value.find(';') - kCookie.size());
    std::erase(token, '"');
    return token;
  }
  return "";
}

std::string token_in(const std::string& body) {
  std::string token;
  const auto read = json::with_object(body, [&](const json::Object& object) {
    token = json::text(object, "token");
    return Expected<void>();
  });
  return read ? token : "";
}

}  // namespace

Expected<ServiceAccount> parse_service_account(std::string_view text) {
  ServiceAccount account;
  const auto read = json::with_object(text, [&](const json::Object& object) -> Expected<void> {
    for (const char* key : {"uid", "private_key", "login_endpoint"}) {
      if (json::text(object, key).empty()) {
        return fail(ErrorCode::InvalidInput, std::string("it holds no ") + key);
      }
    }
    const std::string scheme(json::text(object, "scheme"));
    if (!scheme.empty() && scheme != "RS256") {
      return fail(ErrorCode::InvalidInput, "its scheme is '" + scheme + "', not RS256");
    }
    account.uid = json::text(object, "uid");
    account.private_key = json::text(object, "private_key");
    auto url = http::Url::parse(json::text(object, "login_endpoint"));
    if (!url) return fail(ErrorCode::InvalidInput, "login_endpoint " + url.error().message);
    account.login_endpoint = std::move(*url);
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return account;
}

Expected<http::Request> login_request(const ServiceAccount& account, WallTime now) {
  const boost::json::object claims{{"uid", account.uid}, {"exp", unix_seconds(now + kProofLife)}};
  const auto proof = sign_rs256(boost::json::serialize(claims), account.private_key);
  if (!proof) return tl::unexpected(proof.error());
  const boost::json::object body{
      {"uid", account.uid}, {"token", *proof}, {"exp", unix_seconds(now + kTokenLife)}};
  return http::Request{.method = "POST",
                       .target = account.login_endpoint.target,
                       .headers = {{"Content-Type", "application/json"}},
                       .body = boost::json::serialize(body)};
}

Expected<LoginToken> read_login(const http::Response& answer, WallTime now) {
  if (answer.status == 401 || answer.status == 403) {
    return fail(ErrorCode::NotPermitted,
                "the login endpoint refuses the account (" + std::to_string(answer.status) + ")");
  }
  if (answer.status != 200) {
    return fail(ErrorCode::Unavailable,
                "the login endpoint answers " + std::to_string(answer.status));
  }
  std::string token = cookie_in(answer);
  if (token.empty()) token = token_in(answer.body);
  if (token.empty()) return fail(ErrorCode::Unavailable, "the login endpoint gave no token");
  const WallTime expires = expiry_of(token).value_or(now + kTokenLife);
  return LoginToken{std::move(token), expires};
}

}  // namespace watcher::auth
