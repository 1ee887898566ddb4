#pragma once

#include <string>
#include <string_view>

#include "common/result.h"
#include "http/message.h"
#include "watcher/auth/jwt.h"

/// Logging in to DC/OS with a service account: we prove with a signed token who we are, and get
/// another that its services accept for an hour.
namespace watcher::auth {

/// The secret that `dcos security` makes for an account.
struct ServiceAccount {
  std::string uid;
  std::string private_key;  // PEM.
  http::Url login_endpoint;
};

/// Errors: InvalidInput when it is no such secret, or of a scheme other than RS256. Never holds
/// anything of the key.
common::Expected<ServiceAccount> parse_service_account(std::string_view json);

/// What to POST to the endpoint. Errors: InvalidInput when the key is none.
common::Expected<http::Request> login_request(const ServiceAccount& account, WallTime now);

struct LoginToken {
  std::string text;
  WallTime expires;
};
/// Errors: NotPermitted when the endpoint refuses the account, Unavailable when its answer holds no
/// token. Never holds anything of the token.
common::Expected<LoginToken> read_login(const http::Response& answer, WallTime now);

}  // namespace watcher::auth
