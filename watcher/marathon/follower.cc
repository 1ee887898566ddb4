#include "watcher/marathon/follower.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "watcher/marathon/path.h"

namespace watcher::marathon {
namespace {

using common::log::Level;

constexpr std::size_t kMostMarks = 1000;  // Beyond these one full state is cheaper.
constexpr std::size_t kMostDeployments = 1000;

}  // namespace

Follower::Follower(const config::Marathon& options,
                   std::vector<http::Url> seeds,
                   std::uint64_t seed)
    : FollowerBase(kSource),
      options_(options),
      link_(std::move(seeds), seed, {options.attach_timeout, options.heartbeat_timeout}),
      parser_(options.max_record_bytes),
      inventory_(Origin{std::string(kSource), options.framework}),
      apps_(options.coalesce),
      groups_(options.coalesce) {}

// ---- The stream

void Follower::tick(TimePoint now) {
  const auto step = link_.tick(now);
  if (!step) {
    lose(step.error().message, now);
  } else if (*step == Link::Step::Dial) {
    dial(now);
  } else if (*step == Link::Step::Attached) {
    ask_everything(now);
  }
  if (live_ && now >= resync_at_ && listing_.empty()) ask_everything(now);
  inventory_.expire(now);
  settle(now, now);
}

void Follower::dial(TimePoint now) {
  if (!link_.dial()) return open(link_.events());
  ask({.subject = Subject::Leader, .heard = now});
}

void Follower::open(http::Url url) {
  parser_ = SseParser(options_.max_record_bytes);
  http::Request request;
  request.target = url.target;
  request.headers = {{"Accept", "text/event-stream"}};  // Exactly this: Marathon compares the text.
  actions_.emplace_back(OpenStream{std::move(url), std::move(request), link_.is_trusted()});
}

void Follower::stream_head(const http::Response& head, TimePoint now) {
  auto redirect = link_.on_head(head, now);
  if (!redirect) {
    lose(redirect.error().message, now);
  } else if (*redirect) {
    open(std::move(**redirect));
  }
  settle(now, now);
}

void Follower::stream_bytes(std::string_view bytes, TimePoint now) {
  link_.on_bytes(now);
  status_.connected = true;
  status_.last_heard = now;
  const std::uint64_t oversized = parser_.oversized();
  parser_.feed(bytes, [&](const SseRecord& record) { on_record(record, now); });
  if (parser_.oversized() != oversized) {
    reject("an event", fmt::format("it is longer than {} bytes", options_.max_record_bytes));
    resync_soon(now);
  }
  settle(now, now);
}

void Follower::stream_ended(const common::Error& why, TimePoint now) {
  lose(why.message, now);
  settle(now, now);
}

/// What was delivered stands; what was asked is asked again of the next leader, all of it.
void Follower::lose(const std::string& why, TimePoint now) {
  const auto wait = link_.lost(now);
  const Level level = why == status_.last_error ? Level::Debug : Level::Warn;
  log(level, fmt::format("state=lost error=\"{}\" retry_ms={}", why, wait.count()));
  actions_.emplace_back(Disconnect{});
  apps_.clear();
  groups_.clear();
  versions_.clear();
  deployments_.clear();
  asked_.clear();
  awaited_.clear();
  forget_troubles();
  listing_.clear();
  listed_ = false;
  live_ = false;
  status_.connected = false;
  status_.last_error = why;
  ++status_.reconnects;
}

// ---- Events

void Follower::on_record(const SseRecord& record, TimePoint now) {
  const auto event = parse_event(record.data, record.event);
  if (event) {
    ++status_.events;
    on_event(*event, now);
  } else {
    reject(fmt::format("event '{}'", record.event), event.error().message);
    resync_soon(now);
  }
}

void Follower::on_event(const Event& event, TimePoint now) {
  switch (event.kind) {
    case EventKind::Other:
      return;
    case EventKind::Attached:
      if (link_.on_attached()) ask_everything(now);
      return;
    case EventKind::Status:
      return mark(event.app, now, inventory_.on_status(event.task, now) ? Haste::Soon : Haste::Now);
    case EventKind::KillAnnounced:
      inventory_.on_killing(event.task, now);
      return mark(event.app, now, Haste::Soon);
    case EventKind::TaskHint:
      return mark(event.app, now, Haste::Soon);
    case EventKind::HealthHint:
      return mark(event.app, now, Haste::Now);
    case EventKind::DefinitionHint:
      return mark_written(event.app, now);
    case EventKind::GroupChanged:
      return on_group_changed(event.app, now);
    case EventKind::DeploymentStep:  // May come before the new definitions can be read.
      if (deployments_.size() >= kMostDeployments) deployments_.clear();
      deployments_[event.deployment] = event.apps;
      return mark_many(event.apps, now, Haste::Soon);
    case EventKind::DeploymentProgress:
      mark_many(event.apps, now, Haste::Now);
      mark_many(deployments_[event.deployment], now, Haste::Now);
      deployments_.erase(event.deployment);
      return;
    case EventKind::MesosConnection:
      return resync_soon(now);
  }
}

/// A deployment has told which apps are new, as a rule; otherwise the group's versions do.
void Follower::on_group_changed(const std::string& group, TimePoint now) {
  bool told = false;
  for (const auto& [deployment, apps] : deployments_) {
    for (const std::string& app : apps) {
      if (!is_below(app, group)) continue;
      mark_written(app, now);
      told = true;
    }
  }
  if (!told) groups_.mark(group, now, Haste::Now);
}

void Follower::mark(const std::string& app, TimePoint now, Haste haste) {
  apps_.mark(app, now, haste);
  if (apps_.waiting() <= kMostMarks) return;
  apps_.clear();
  resync_soon(now);
}

/// The app is new or changed: that it was missing a moment ago says nothing any more.
void Follower::mark_written(const std::string& app, TimePoint now) {
  apps_.release(app);
  mark(app, now, Haste::Now);
}

void Follower::mark_many(const std::vector<std::string>& apps, TimePoint now, Haste haste) {
  for (const std::string& app : apps) mark(app, now, haste);
}

// ---- What others ask of Marathon

std::optional<Get> Follower::order(http::Request request) const {
  if (!link_.is_open()) return std::nullopt;
  http::Url url = link_.url(request.target);
  request.target = url.target;
  return Get{0, std::move(url), std::move(request), options_.request_timeout, link_.is_trusted()};
}

// ---- After each input

void Follower::settle(TimePoint now, TimePoint heard) {
  look_up_hosts(now);
  queue_wanted_versions(now);
  // Before everything is known, only the end of what the last run knew is worth telling.
  auto updates = status_.synced ? inventory_.take_updates() : inventory_.take_removals();
  if (!updates.empty()) actions_.emplace_back(Deliver{Batch{std::move(updates), heard}});
  ask_what_is_due(now);
}

void Follower::look_up_hosts(TimePoint now) {
  hosts_.want(inventory_.take_new_hosts(), now);
  hosts_.look_up(
      now, [this](const std::string& host) { return inventory_.has_host(host); }, actions_);
}

void Follower::resolved(const std::string& host,
                        const common::Expected<std::vector<IpAddress>>& answer,
                        TimePoint now) {
  if (answer) {
    inventory_.resolved(host, *answer);
  } else {
    trouble(fmt::format("agent {} has no address: {}", host, answer.error().message));
  }
  hosts_.answered(host, answer.has_value(), now);
  settle(now, now);
}

TimePoint Follower::next_tick() const {
  TimePoint next = std::min({link_.next_tick(), inventory_.next_expiry(), hosts_.next()});
  if (live_ && listing_.empty()) next = std::min(next, resync_at_);
  if (live_ && may_ask()) next = std::min({next, apps_.next(), groups_.next()});
  return next;
}

}  // namespace watcher::marathon
