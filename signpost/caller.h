#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "common/result.h"
#include "http/message.h"
#include "http/tls.h"

namespace signpost {

/// One HTTP exchange, waited for (5 s at most).
/// tls  for https; null: the host's certificates
common::Expected<http::Response> call(const std::string& url,
                                      http::Request request = {},
                                      std::shared_ptr<const http::Tls> tls = nullptr);
/// As above with a JSON body.
common::Expected<http::Response> send_json(std::string_view method,
                                           const std::string& url,
                                           std::string body);

/// What a constant load saw, so far.
struct LoadReport {
  std::uint64_t calls = 0;
  std::uint64_t failed = 0;
  std::string first_failure;
  std::map<std::string, std::uint64_t> by_task;  // From the X-Task-Id of the answers.
};

/// Calls a URL again and again over new connections, several at a time, on a thread of its own
/// until it is stopped. Never retries: each failure counts.
class Load {
 public:
  explicit Load(const std::string& url);
  ~Load();

  std::uint64_t calls() const;  // Made so far.
  LoadReport stop();            // Ends the load; what is under way is waited for.

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace signpost
