#include "watcher/marathon/link.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "watcher/marathon/event.h"

namespace watcher::marathon {
namespace {

using common::ErrorCode;

constexpr std::string_view kEvents = "/v2/events";
constexpr const char* kSeeUrls = "; see marathon.urls";

/// Only what we use, to spare Marathon's buffer for slow consumers; `light` keeps deployment events
/// from carrying the whole group tree twice. Versions that know neither ignore them.
std::string events_path() {
  std::string path = std::string(kEvents) + "?plan-format=light";
  for (const std::string_view type : event_types()) path.append("&event_type=").append(type);
  return path;
}

std::string seconds(std::chrono::milliseconds duration) {
  return fmt::format("{:g} s", static_cast<double>(duration.count()) / 1000);
}

}  // namespace

Link::Link(std::vector<http::Url> seeds, std::uint64_t seed, Patience patience)
    : dialer_(std::move(seeds), seed), patience_(patience) {}

/// A path in a seed is a proxy's: behind it the leader's own address is of no use.
bool Link::dial() {
  leader_ = dialer_.next();
  if (leader_.target.ends_with('/')) leader_.target.pop_back();
  trusted_ = true;
  direct_ = false;
  const bool ask = go_direct_ && leader_.target.empty();
  phase_ = ask ? Phase::Asking : Phase::Opening;
  return ask;
}

/// Straight to the leader: a standby of old versions would relay the stream, slowly.
void Link::on_leader(std::string_view authority) {
  phase_ = Phase::Opening;
  if (authority.empty()) return;
  const auto leader = http::Url::parse(leader_.scheme + "://" + std::string(authority));
  if (!leader || leader->authority() == leader_.authority()) return;
  leader_.host = leader->host;
  leader_.port = leader->port;
  direct_ = true;
}

http::Url Link::events() const { return url(events_path()); }

common::Expected<std::optional<http::Url>> Link::on_head(const http::Response& head,
                                                         TimePoint now) {
  if (http::is_redirect(head.status)) {
    auto target = follow(head);
    if (!target) return tl::unexpected(target.error());
    return std::optional(std::move(*target));
  }
  if (head.status != 200) {
    return common::fail(
        ErrorCode::Unavailable,
        "it answers " + std::to_string(head.status) + std::string(" to GET /v2/events") + kSeeUrls);
  }
  if (!http::find_header(head.headers, "Content-Type").starts_with("text/event-stream")) {
    return common::fail(ErrorCode::Unavailable,
                        std::string("its answer to GET /v2/events is no event stream") + kSeeUrls);
  }
  phase_ = Phase::Attaching;
  opened_ = last_byte_ = now;
  spoke_ = false;
  deadline_ = now + patience_.attach;
  return std::nullopt;
}

/// Standbys send us to the leader's own address; from there on everything is asked of it. We trust
/// it as far as a trusted peer names it in the header that is only Marathon's.
common::Expected<http::Url> Link::follow(const http::Response& head) {
  const std::string_view location = http::find_header(head.headers, "Location");
  auto target = dialer_.redirect(location);
  if (!target) return target;
  const std::size_t prefix = target->target.find(kEvents);
  if (prefix == std::string::npos) {
    return common::fail(ErrorCode::Unavailable,
                        "it redirects to " + std::string(location) + ", which is no event stream");
  }
  const auto named = http::Url::parse(http::find_header(head.headers, "X-Marathon-Leader"));
  trusted_ = trusted_ && named && named->scheme == target->scheme &&
             named->authority() == target->authority();
  direct_ = false;
  leader_ = *target;
  leader_.target.resize(prefix);
  return target;
}

void Link::on_bytes(TimePoint now) {
  last_byte_ = now;
  spoke_ = true;
}

bool Link::on_attached() {
  if (phase_ != Phase::Attaching) return false;
  phase_ = Phase::Attached;
  return true;
}

std::chrono::milliseconds Link::lost(TimePoint now) {
  const auto wait = dialer_.backoff();
  go_direct_ = !direct_;
  phase_ = Phase::Waiting;
  deadline_ = now + wait;
  return wait;
}

void Link::proved() {
  dialer_.succeeded();
  direct_ = false;  // When it is lost, another leader's address may be as good.
}

common::Expected<Link::Step> Link::tick(TimePoint now) {
  if (phase_ == Phase::Waiting && now >= deadline_) return Step::Dial;
  if (is_open() && now >= last_byte_ + patience_.silence) {
    return common::fail(ErrorCode::Timeout, "no byte for " + seconds(patience_.silence));
  }
  if (phase_ != Phase::Attaching || now < deadline_) return Step::None;
  if (!spoke_) {
    return common::fail(ErrorCode::Timeout, "not a byte in the first " + seconds(patience_.attach));
  }
  phase_ = Phase::Attached;
  return Step::Attached;
}

TimePoint Link::next_tick() const {
  switch (phase_) {
    case Phase::Waiting:
      return deadline_;
    case Phase::Asking:
    case Phase::Opening:
      return TimePoint::max();  // Requests have timeouts of their own.
    case Phase::Attaching:
      return std::min(deadline_, last_byte_ + patience_.silence);
    case Phase::Attached:
      return last_byte_ + patience_.silence;
  }
  return TimePoint::max();
}

http::Url Link::url(std::string_view path) const {
  http::Url url = leader_;
  url.target += path;
  return url;
}

}  // namespace watcher::marathon
