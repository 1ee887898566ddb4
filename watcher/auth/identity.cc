#include "watcher/auth/identity.h"

#include <fmt/core.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "common/base64.h"
#include "watcher/auth/secret_file.h"

namespace watcher::auth {
namespace {

using common::Error;
using common::ErrorCode;
using common::Expected;

constexpr std::chrono::seconds kRenewBefore{10};  // The end of a token.
constexpr std::uint64_t kLongestLogin = 1 << 20;

/// Would it stand in one header line?
bool is_visible(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

}  // namespace

Identity::Identity(boost::asio::io_context& io, Options options)
    : io_(io), options_(std::move(options)) {}
Identity::~Identity() = default;

bool Identity::has_credentials() const {
  const config::Access& access = options_.access;
  return !access.username.empty() || !access.token_file.empty() ||
         !access.service_account_file.empty();
}

void Identity::authorize(Authorized done) {
  login_.reset();
  done_ = std::make_shared<Authorized>(std::move(done));
  boost::asio::post(io_, [this, call = std::weak_ptr<Authorized>(done_)] {
    if (call.expired()) return;
    const config::Access& access = options_.access;
    if (!access.username.empty()) return finish(basic());
    if (!access.token_file.empty()) return finish(token_of_file());
    if (access.service_account_file.empty()) return finish(std::string());
    if (token_ && std::chrono::system_clock::now() < token_->expires - kRenewBefore) {
      token_is_kept_ = true;
      return finish("token=" + token_->text);
    }
    log_in();
  });
}

void Identity::cancel() {
  login_.reset();
  done_.reset();
}

void Identity::finish(const Expected<std::string>& authorization) {
  login_.reset();
  const auto done = std::exchange(done_, nullptr);
  if (!authorization) return (*done)(tl::unexpected(authorization.error()));
  http::Headers headers;
  if (!authorization->empty()) headers.emplace_back("Authorization", *authorization);
  (*done)(headers);
}

bool Identity::refused(const http::Headers& shown) {
  const std::string_view text = http::find_header(shown, "Authorization");
  if (text.empty()) return false;
  if (!token_ || text != "token=" + token_->text) return token_ || login_;
  token_.reset();
  return token_is_kept_;
}

Expected<std::string> Identity::basic() const {
  auto password = read_secret(option("password_file"), options_.access.password_file);
  if (!password) return password;
  return "Basic " + common::base64_encode(options_.access.username + ":" + *password);
}

Expected<std::string> Identity::token_of_file() const {
  auto token = read_secret(option("token_file"), options_.access.token_file);
  if (!token) return token;
  if (!is_visible(*token)) {
    return common::fail(ErrorCode::InvalidInput,
                        fmt::format("{} '{}' cannot be used: it holds more than one token",
                                    option("token_file"),
                                    options_.access.token_file));
  }
  const bool bearer = options_.access.token_scheme == config::TokenScheme::Bearer;
  return (bearer ? "Bearer " : "token=") + *token;
}

// ---- DC/OS

void Identity::log_in() {
  const std::string& file = options_.access.service_account_file;
  const auto secret = read_secret(option("service_account_file"), file);
  if (!secret) return finish(tl::unexpected(secret.error()));
  const auto account = parse_service_account(*secret);
  if (!account) return finish(tl::unexpected(blame("service_account_file", account.error())));
  auto request = login_request(*account, std::chrono::system_clock::now());
  if (!request) return finish(tl::unexpected(blame("service_account_file", request.error())));
  const auto tls = this->tls();
  if (!tls) return finish(tl::unexpected(tls.error()));
  http::FetchOptions options{.timeout = options_.login_timeout, .max_body = kLongestLogin};
  options.tls = *tls;
  login_ = http::fetch(io_,
                       account->login_endpoint,
                       std::move(*request),
                       options,
                       [this](const Expected<http::Response>& answer) { take_login(answer); });
}

void Identity::take_login(const Expected<http::Response>& answer) {
  if (!answer) {
    Error error = blame("service_account_file", answer.error());
    if (error.code == ErrorCode::NotPermitted) error.message += "; " + explain_distrust();
    return finish(tl::unexpected(error));
  }
  auto token = read_login(*answer, std::chrono::system_clock::now());
  if (!token) return finish(tl::unexpected(blame("service_account_file", token.error())));
  if (!is_visible(token->text)) {
    return finish(tl::unexpected(blame(
        "service_account_file", {ErrorCode::InvalidInput, "the login endpoint gave no token"})));
  }
  token_ = std::move(*token);
  token_is_kept_ = false;
  finish("token=" + token_->text);
}

Error Identity::blame(const char* name, const Error& error) const {
  return {error.code, option(name) + ": " + error.message};
}

// ---- TLS

Expected<std::shared_ptr<const http::Tls>> Identity::tls() {
  if (tls_) return tls_;
  const config::Access& access = options_.access;
  auto loaded = http::Tls::load({.ca_file = access.ca_file,
                                 .certificate_file = access.certificate_file,
                                 .key_file = access.key_file,
                                 .verify_peer = access.verify});
  if (!loaded) {
    return common::fail(loaded.error().code, option(loaded.error().message.c_str()));
  }
  tls_ = std::move(*loaded);
  return tls_;
}

// ---- In words

std::string Identity::explain_refusal(int status) const {
  const config::Access& access = options_.access;
  const std::string answers = fmt::format("it answers {}: ", status);
  const char* what = status == 401 ? "it does not accept" : "it does not permit this to";
  if (!access.username.empty()) {
    return fmt::format(
        "{}{} the user of {} and {}", answers, what, option("username"), option("password_file"));
  }
  if (!access.token_file.empty()) {
    return fmt::format("{}{} the token in {}", answers, what, option("token_file"));
  }
  if (!access.service_account_file.empty()) {
    return fmt::format("{}{} the account in {}", answers, what, option("service_account_file"));
  }
  return fmt::format("{}set {}, {} or {}",
                     answers,
                     option("username"),
                     option("token_file"),
                     option("service_account_file"));
}

std::string Identity::explain_distrust() const {
  return fmt::format(
      "see {}, {} and {}", option("ca_file"), option("certificate_file"), option("verify"));
}

}  // namespace watcher::auth
