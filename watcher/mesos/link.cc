#include "watcher/mesos/link.h"

#include <fmt/core.h>

#include <utility>

#include "common/parse.h"

namespace watcher::mesos {
namespace {

using common::ErrorCode;

/// A Location may be a whole URL, "//host:port/path" (what masters send) or a path of the server
/// that was asked (RFC 3986, section 4.2).
std::string make_absolute(std::string_view location, const http::Url& base) {
  if (location.starts_with("//")) return base.scheme + ":" + std::string(location);
  if (location.starts_with('/')) {
    return base.scheme + "://" + base.authority() + std::string(location);
  }
  return std::string(location);
}

}  // namespace

Link::Link(std::vector<http::Url> seeds, std::uint64_t seed, std::chrono::milliseconds silence)
    : seed_(seed), silence_(silence) {
  if (!seeds.empty()) dialer_.emplace(std::move(seeds), seed);
}

bool Link::led_by(const http::Url& leader) {
  const bool is_news =
      !elected_ || elected_->authority() != leader.authority() || elected_->scheme != leader.scheme;
  if (!is_news && phase_ != Phase::Waiting) return false;
  elected_ = leader;
  dialer_.emplace(std::vector{leader}, seed_);
  return true;
}

void Link::dial() {
  phase_ = Phase::Opening;
  leader_ = dialer_->next();
  if (leader_.target.ends_with('/')) leader_.target.pop_back();
}

common::Expected<void> Link::redirect(std::string_view location, std::string_view asked_path) {
  auto target = dialer_->redirect(make_absolute(location, leader_));
  if (!target) return tl::unexpected(target.error());
  const std::size_t prefix = target->target.find(asked_path);
  if (prefix == std::string::npos) {
    return common::fail(
        ErrorCode::Unavailable,
        fmt::format("it redirects to {}, which is no {} of a master", location, asked_path));
  }
  leader_ = std::move(*target);
  leader_.target.resize(prefix);
  return {};
}

void Link::opened(TimePoint now) {
  phase_ = Phase::Open;
  last_byte_ = now;
  silence_means_death_ = true;
}

std::chrono::milliseconds Link::lost(TimePoint now) {
  const auto wait = dialer_->backoff();
  phase_ = Phase::Waiting;
  deadline_ = now + wait;
  return wait;
}

void Link::redial(TimePoint now) {
  phase_ = Phase::Waiting;
  deadline_ = now;
}

common::Expected<Link::Step> Link::tick(TimePoint now) {
  if (phase_ == Phase::Waiting) {
    return dialer_ && now >= deadline_ ? Step::Dial : Step::None;
  }
  if (now < next_tick()) return Step::None;
  return common::fail(
      ErrorCode::Timeout,
      fmt::format("no byte for {:g} s", static_cast<double>(silence_.count()) / 1000));
}

TimePoint Link::next_tick() const {
  if (phase_ == Phase::Waiting && dialer_) return deadline_;
  if (phase_ == Phase::Open && silence_means_death_) return last_byte_ + silence_;
  return TimePoint::max();  // While it opens, the connection has a timeout of its own.
}

http::Url Link::url(std::string_view path) const {
  http::Url url = leader_;
  url.target += path;
  return url;
}

std::string Link::leader() const {
  return leader_.host.empty() ? "none" : leader_.scheme + "://" + leader_.authority();
}

MasterFacts Link::master() const { return master_at(leader_); }

MasterFacts master_at(const http::Url& url) {
  return {url.host, common::parse_integer<std::uint16_t>(url.port).value_or(0), url.host};
}

}  // namespace watcher::mesos
