#include "watcher/marathon/follower.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "watcher/marathon/path.h"

namespace watcher::marathon {
namespace {

using common::log::Level;

constexpr std::chrono::seconds kYoungLeader{60};  // Its lists may still be incomplete.
// After a full list that failed or was not believed.
constexpr std::chrono::seconds kRetryEverything{10};
constexpr std::chrono::seconds kRepairPause{15};  // Between full states asked for out of turn.
constexpr std::chrono::seconds kRetryPause{1};    // After an answer that was none.
constexpr std::chrono::seconds kAbsentPause{10};  // Before a missing app is asked for again.
constexpr std::chrono::seconds kLookUpPause{5};   // After a host that was not found.
constexpr std::chrono::minutes kAddressLife{10};
constexpr int kEverythingFactor = 6;  // A list of all tasks takes Marathon longer than one app.
constexpr std::size_t kMostQuestions = 8;
constexpr std::size_t kMostMarks = 1000;  // Beyond these one full state is cheaper.
constexpr std::size_t kMostDeployments = 1000;
constexpr std::size_t kMostReports = 1000;

}  // namespace

Follower::Follower(const config::Marathon& options,
                   std::vector<http::Url> seeds,
                   std::uint64_t seed)
    : options_(options),
      link_(std::move(seeds), seed, {options.attach_timeout, options.heartbeat_timeout}),
      parser_(options.max_record_bytes),
      inventory_(Origin{std::string(kSource), options.framework}),
      apps_(options.coalesce),
      groups_(options.coalesce),
      hosts_(kLookUpPause) {
  status_.name = kSource;
}

// ---- The stream

void Follower::tick(TimePoint now) {
  const auto step = link_.tick(now);
  if (!step) {
    lose(step.error().message, now);
  } else if (*step == Link::Step::Dial) {
    open(link_.dial());
  } else if (*step == Link::Step::Attached) {
    ask_everything(now);
  }
  if (live_ && now >= resync_at_ && !asking_everything_) ask_everything(now);
  inventory_.expire(now);
  settle(now, now);
}

void Follower::open(http::Url url) {
  parser_ = SseParser(options_.max_record_bytes);
  http::Request request;
  request.target = url.target;
  request.headers = {{"Accept", "text/event-stream"}};  // Exactly this: Marathon compares the text.
  actions_.emplace_back(OpenStream{std::move(url), std::move(request)});
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
  reported_.clear();
  asking_everything_ = false;
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

// ---- Questions

void Follower::ask(Question question) {
  const bool large = question.subject == Subject::Everything;
  http::Url url = link_.url(path_of(question));
  http::Request request;
  request.target = url.target;
  request.headers = {{"Accept", "application/json"}};
  question.stamp = inventory_.stamp();
  actions_.emplace_back(Get{++last_id_,
                            std::move(url),
                            std::move(request),
                            options_.request_timeout * (large ? kEverythingFactor : 1)});
  asked_.emplace(last_id_, std::move(question));
}

void Follower::ask_everything(TimePoint now) {
  if (!live_) {  // Its answer is newer than whatever events have told so far.
    apps_.clear();
    groups_.clear();
  }
  asking_everything_ = true;
  ask({.subject = Subject::Everything, .heard = now});
}

void Follower::ask_what_is_due(TimePoint now) {
  while (link_.is_open() && asked_.size() < kMostQuestions) {
    if (!versions_.empty()) {
      ask(std::move(versions_.front()));
      versions_.pop_front();
    } else if (auto group = live_ ? groups_.pop(now) : std::nullopt) {
      ask({.subject = Subject::Group, .id = group->key, .heard = group->heard});
    } else if (auto app = live_ ? apps_.pop(now) : std::nullopt) {
      ask({.subject = Subject::App, .id = app->key, .heard = app->heard});
    } else {
      return;
    }
  }
}

void Follower::queue_version(AppAtVersion wanted, TimePoint now) {
  versions_.push_back({.subject = Subject::Version,
                       .id = std::move(wanted.app),
                       .version = std::move(wanted.version),
                       .heard = now});
}

void Follower::resync_soon(TimePoint now) {
  resync_at_ = std::min(resync_at_, std::max(now, last_sync_ + kRepairPause));
}

// ---- Answers

void Follower::answered(std::uint64_t id, const Answer& answer, TimePoint now) {
  const auto found = asked_.find(id);
  if (found == asked_.end()) return;
  const Question question = std::move(found->second);
  asked_.erase(found);
  switch (question.subject) {
    case Subject::Everything:
      on_everything(question, answer, now);
      break;
    case Subject::App:
      on_app(question, answer, now);
      break;
    case Subject::Group:
      on_group(question, answer, now);
      break;
    case Subject::Version:
      on_version(question, answer, now);
      break;
  }
  settle(now, question.subject == Subject::Everything ? now : question.heard);
}

void Follower::on_everything(const Question& question, const Answer& answer, TimePoint now) {
  asking_everything_ = false;
  auto everything = read(answer, parse_apps);
  if (everything) {
    take_everything(std::move(*everything), question.stamp, now);
  } else if (live_) {
    resync_at_ = now + kRetryEverything;
    trouble("the list of apps failed: " + everything.error().message);
  } else {
    lose("the list of apps failed: " + everything.error().message, now);
  }
}

void Follower::take_everything(AppsAnswer everything, std::uint64_t stamp, TimePoint now) {
  using Removals = Inventory::Removals;
  status_.last_error.clear();
  reject(everything.rejected);
  const auto removals = link_.age(now) < kYoungLeader ? Removals::Doubt : Removals::Believe;
  const auto outcome = inventory_.apply_all(std::move(everything.apps), stamp, removals, now);
  if (outcome.refused) {
    trouble(
        fmt::format("a leader seen for less than a minute lists none of {} of {} serving tasks: "
                    "they stay until it is older",
                    outcome.missing,
                    outcome.serving));
  }
  resync_at_ = now + (outcome.refused ? kRetryEverything : link_.spread(options_.resync_interval));
  last_sync_ = now;
  status_.last_sync = now;
  ++status_.resyncs;
  apps_.forget_idle(now);
  groups_.forget_idle(now);
  hosts_.forget_idle(now);
  if (live_) return;
  inventory_.forget_updates();  // The Reset to come holds them.
  for (AppAtVersion& wanted : inventory_.take_wanted()) {
    awaited_.insert(wanted);
    queue_version(std::move(wanted), now);
  }
  if (awaited_.empty()) deliver_everything(now);
}

void Follower::deliver_everything(TimePoint now) {
  Reset everything = inventory_.reset();
  log(Level::Info, fmt::format("state=synced tasks={}", everything.tasks.size()));
  actions_.emplace_back(Deliver{Batch{{std::move(everything)}, now}});
  live_ = true;
  link_.proved();
  status_.synced = true;
}

void Follower::on_app(const Question& question, const Answer& answer, TimePoint now) {
  apps_.done(question.id);
  if (is_absent(answer)) {
    inventory_.app_gone(question.id, question.stamp, now);
    return apps_.hold(question.id, now + kAbsentPause);  // Pods have no app; their events name one.
  }
  auto app = read(answer, parse_app);
  if (app) {
    reject(app->rejected);
    return inventory_.apply(std::move(app->apps.front()), question.stamp, now);
  }
  trouble(fmt::format("app {} cannot be read: {}", question.id, app.error().message));
  apps_.hold(question.id, now + kRetryPause);
  mark(question.id, now, Haste::Now);
}

void Follower::on_group(const Question& question, const Answer& answer, TimePoint now) {
  groups_.done(question.id);
  auto listed = is_absent(answer) ? std::vector<AppVersion>{} : read(answer, parse_group);
  if (!listed) {
    trouble(fmt::format("group {} cannot be read: {}", question.id, listed.error().message));
    groups_.hold(question.id, now + kRetryPause);
    return groups_.mark(question.id, now, Haste::Now);
  }
  std::set<std::string_view> there;
  for (const AppVersion& app : *listed) {
    there.insert(app.id);
    if (inventory_.version_of(app.id) != app.version) mark_written(app.id, now);
  }
  for (const std::string& app : inventory_.apps_below(question.id)) {
    if (!there.contains(app)) mark(app, now, Haste::Now);
  }
}

void Follower::on_version(const Question& question, const Answer& answer, TimePoint now) {
  const AppAtVersion which{question.id, question.version};
  const auto definition = read(answer, parse_version);
  if (definition) {
    inventory_.define(which, *definition, now);
  } else {
    trouble(
        fmt::format("version {} of app {} cannot be read, its tasks are taken to be like newer "
                    "ones: {}",
                    which.version,
                    which.app,
                    definition.error().message));
    inventory_.guess(which, now);
  }
  if (awaited_.erase(which) > 0 && awaited_.empty() && !live_) deliver_everything(now);
}

// ---- After each input

void Follower::settle(TimePoint now, TimePoint heard) {
  look_up_hosts(now);
  for (AppAtVersion& wanted : inventory_.take_wanted()) {
    queue_version(std::move(wanted), now);
  }
  if (!status_.synced) inventory_.forget_updates();
  auto updates = inventory_.take_updates();
  if (!updates.empty()) actions_.emplace_back(Deliver{Batch{std::move(updates), heard}});
  ask_what_is_due(now);
}

void Follower::look_up_hosts(TimePoint now) {
  for (const std::string& host : inventory_.take_new_hosts()) {
    hosts_.release(host);
    hosts_.mark(host, now, Haste::Now);
  }
  while (const auto host = hosts_.pop(now)) {
    if (inventory_.has_host(host->key)) {
      actions_.emplace_back(Resolve{host->key});
    } else {
      hosts_.done(host->key);
    }
  }
}

void Follower::resolved(const std::string& host,
                        const common::Expected<std::vector<IpAddress>>& answer,
                        TimePoint now) {
  hosts_.done(host);
  if (answer) {
    inventory_.resolved(host, *answer);
    hosts_.hold(host, now + kAddressLife);
  } else {
    trouble(fmt::format("agent {} has no address: {}", host, answer.error().message));
  }
  hosts_.mark(host, now, Haste::Now);
  settle(now, now);
}

TimePoint Follower::next_tick() const {
  TimePoint next = std::min({link_.next_tick(), inventory_.next_expiry(), hosts_.next()});
  if (live_ && !asking_everything_) next = std::min(next, resync_at_);
  if (live_ && asked_.size() < kMostQuestions)
    next = std::min({next, apps_.next(), groups_.next()});
  return next;
}

std::vector<Action> Follower::take_actions() { return std::exchange(actions_, {}); }

void Follower::reject(const std::vector<Rejection>& rejected) {
  for (const Rejection& rejection : rejected) reject(rejection.what, rejection.why);
}

void Follower::reject(const std::string& what, const std::string& why) {
  ++status_.rejected;
  trouble(what + " skipped: " + why);
}

/// Logs each trouble once a connection.
void Follower::trouble(const std::string& what) {
  status_.last_error = what;
  if (reported_.size() >= kMostReports) reported_.clear();
  const bool fresh = reported_.insert(what).second;
  log(fresh ? Level::Warn : Level::Debug, fmt::format("error=\"{}\"", what));
}

void Follower::log(Level level, const std::string& text) {
  actions_.emplace_back(
      Log{level, fmt::format("source={} url={} {}", kSource, link_.leader(), text)});
}

}  // namespace watcher::marathon
