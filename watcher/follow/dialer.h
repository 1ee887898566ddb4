#pragma once

#include <chrono>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "http/message.h"

namespace watcher {

/// Says where to connect next and how long to wait before. All chance comes from `seed`.
class Dialer {
 public:
  /// seeds  at least one; a path in them is a prefix, as of a proxy in front of Marathon
  Dialer(std::vector<http::Url> seeds, std::uint64_t seed);

  /// The next seed, in a circle of random order.
  const http::Url& next();
  /// Where a redirect of the last answer leads. Errors: InvalidInput when it leads nowhere or is
  /// the fourth in a row.
  common::Expected<http::Url> redirect(std::string_view location);

  /// How long to wait before next(): 0.1 s, doubling with each call up to 15 s, each +-50 %.
  std::chrono::milliseconds backoff();
  void succeeded();  // The next backoff() starts over.

  /// Spreads a period by +-20 %, so that many watchers don't ask in step.
  std::chrono::milliseconds spread(std::chrono::milliseconds period);

 private:
  std::chrono::milliseconds scatter(std::chrono::milliseconds mean, double share);

  std::vector<http::Url> seeds_;
  std::mt19937_64 random_;
  std::size_t current_ = 0;
  int redirects_ = 0;
  int failures_ = 0;
};

}  // namespace watcher
