#include "watcher/follow/dialer.h"

#include <algorithm>
#include <utility>

namespace watcher {
namespace {

constexpr std::chrono::milliseconds kFirstBackoff{100};
constexpr std::chrono::milliseconds kLongestBackoff{15000};
constexpr int kMaxRedirects = 3;

}  // namespace

Dialer::Dialer(std::vector<http::Url> seeds, std::uint64_t seed)
    : seeds_(std::move(seeds)), random_(seed) {
  std::shuffle(seeds_.begin(), seeds_.end(), random_);
}

const http::Url& Dialer::next() {
  redirects_ = 0;
  current_ = (current_ + 1) % seeds_.size();
  return seeds_[current_];
}

common::Expected<http::Url> Dialer::redirect(std::string_view location) {
  if (++redirects_ > kMaxRedirects) {
    return common::fail(common::ErrorCode::InvalidInput, "more than 3 redirects in a row");
  }
  return http::Url::parse(location);
}

std::chrono::milliseconds Dialer::backoff() {
  const auto mean = std::min(kLongestBackoff, kFirstBackoff * (1 << std::min(failures_, 10)));
  ++failures_;
  return scatter(mean, 0.5);
}

void Dialer::succeeded() { failures_ = 0; }

std::chrono::milliseconds Dialer::spread(std::chrono::milliseconds period) {
  return scatter(period, 0.2);
}

std::chrono::milliseconds Dialer::scatter(std::chrono::milliseconds mean, double share) {
  std::uniform_real_distribution<double> factor(1 - share, 1 + share);
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(mean.count()) * factor(random_)));
}

}  // namespace watcher
