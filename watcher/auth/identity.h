#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "config/settings.h"
#include "http/client.h"
#include "watcher/auth/service_account.h"

namespace watcher::auth {

/// Who we are to the peers of one section of the configuration, and how they prove who they are.
/// Lives on the control thread. Files are read when they are needed, so that a secret which was
/// replaced, or mended, is used from then on. Every error names the option to look at, and none
/// holds a secret.
class Identity {
 public:
  struct Options {
    config::Access access;
    std::string section;                        // "marathon", for errors.
    std::chrono::milliseconds login_timeout{};  // Of the whole exchange with a login endpoint.
  };
  Identity(boost::asio::io_context& io, Options options);
  ~Identity();

  bool has_credentials() const;

  /// Gets what to show a peer: an Authorization header. `done` runs once, later, on the loop; a
  /// call while another is under way takes its place, and cancel() drops it.
  using Authorized = std::function<void(const common::Expected<http::Headers>&)>;
  void authorize(Authorized done);
  void cancel();
  /// A peer answered 401 to what we showed: a token that was kept is not shown again. True when
  /// something newer can be, so that asking again is worth it once.
  bool refused(const http::Headers& shown);

  /// How to talk https; kept until renew_tls(). Errors: InvalidInput.
  common::Expected<std::shared_ptr<const http::Tls>> tls();
  void renew_tls() { tls_.reset(); }

  /// Why a peer may have answered 401 or 403, and what to do.
  std::string explain_refusal(int status) const;
  /// What to do when a peer and we do not trust each other.
  std::string explain_distrust() const;

 private:
  std::string option(const char* name) const { return options_.section + "." + name; }
  common::Expected<std::string> basic() const;
  common::Expected<std::string> token_of_file() const;
  void log_in();
  void take_login(const common::Expected<http::Response>& answer);
  void finish(const common::Expected<std::string>& authorization);
  common::Error blame(const char* name, const common::Error& error) const;

  boost::asio::io_context& io_;
  Options options_;
  std::shared_ptr<const http::Tls> tls_;
  std::optional<LoginToken> token_;   // Of the service account.
  bool token_is_kept_ = false;        // It was got for an earlier request.
  std::shared_ptr<Authorized> done_;  // Of the call under way.
  std::unique_ptr<http::Operation> login_;
};

}  // namespace watcher::auth
