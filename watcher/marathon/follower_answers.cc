// What the follower asks Marathon, and what it makes of the answers.

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "watcher/marathon/follower.h"

namespace watcher::marathon {
namespace {

using common::log::Level;

constexpr std::chrono::seconds kYoungLeader{60};  // Its lists may still be incomplete.
// After a full list that failed or was not believed.
constexpr std::chrono::seconds kRetryEverything{10};
constexpr std::chrono::seconds kRepairPause{15};  // Between full states asked for out of turn.
constexpr std::chrono::seconds kRetryPause{1};    // After an answer that was none.
constexpr std::chrono::seconds kAbsentPause{10};  // Before a missing app is asked for again.
constexpr int kEverythingFactor = 6;    // A list of all tasks takes Marathon longer than one app.
constexpr int kMostFailuresOfPods = 3;  // Then the apps have to do: pods must not keep them away.

}  // namespace

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
                            options_.request_timeout * (large ? kEverythingFactor : 1),
                            link_.is_trusted()});
  asked_.emplace(last_id_, std::move(question));
}

void Follower::ask_everything(TimePoint now) {
  if (!live_) {  // Its answer is newer than whatever events have told so far.
    apps_.clear();
    groups_.clear();
  }
  resync_at_ = TimePoint::max();
  listing_ = {Kind::App, Kind::Pod};
  for (const Kind kind : listing_) {
    ask({.subject = Subject::Everything, .kind = kind, .heard = now});
  }
}

void Follower::ask_what_is_due(TimePoint now) {
  while (link_.is_open() && may_ask()) {
    if (!versions_.empty()) {
      ask(std::move(versions_.front()));
      versions_.pop_front();
    } else if (auto group = live_ ? groups_.pop(now) : std::nullopt) {
      ask({.subject = Subject::Group, .id = group->key, .heard = group->heard});
    } else if (auto app = live_ ? apps_.pop(now) : std::nullopt) {
      ask({.subject = Subject::App,
           .kind = inventory_.kind_of(app->key),
           .id = app->key,
           .heard = app->heard});
    } else {
      return;
    }
  }
}

void Follower::queue_wanted_versions(TimePoint now) {
  for (AppAtVersion& wanted : inventory_.take_wanted()) {
    if (!live_) awaited_.insert(wanted);
    const Kind kind = inventory_.kind_of(wanted.app);
    versions_.push_back({.subject = Subject::Version,
                         .kind = kind,
                         .id = std::move(wanted.app),
                         .version = std::move(wanted.version),
                         .heard = now});
  }
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
    case Subject::Leader:
      on_leader(answer, now);
      break;
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

/// Who names no leader may still lead to one: it relays the stream, or redirects it.
void Follower::on_leader(const Answer& answer, TimePoint now) {
  if (!answer) return lose(answer.error().message, now);
  link_.on_leader(read(answer, parse_leader).value_or(""));
  open(link_.events());
}

void Follower::on_everything(const Question& question, const Answer& answer, TimePoint now) {
  listing_.erase(question.kind);
  const bool pods = question.kind == Kind::Pod;
  auto everything =
      pods && is_unheard_of(answer) ? AppsAnswer{} : read(answer, pods ? parse_pods : parse_apps);
  if (pods) failures_of_pods_ = everything ? 0 : failures_of_pods_ + 1;
  if (everything) {
    take_everything(question, std::move(*everything), now);
  } else if (live_ || failures_of_pods_ > kMostFailuresOfPods) {
    resync_at_ = std::min(resync_at_, now + kRetryEverything);
    trouble(fmt::format(
        "the list of {} failed: {}", pods ? "pods" : "apps", everything.error().message));
  } else {
    return lose(
        fmt::format(
            "the list of {} failed: {}", pods ? "pods" : "apps", everything.error().message),
        now);
  }
  listed_ = listing_.empty();
  deliver_if_complete(now);
}

void Follower::take_everything(const Question& question, AppsAnswer everything, TimePoint now) {
  using Removals = Inventory::Removals;
  if (question.kind == Kind::App) status_.last_error.clear();
  reject(everything.rejected);
  const auto removals = link_.age(now) < kYoungLeader ? Removals::Doubt : Removals::Believe;
  const auto outcome = inventory_.apply_all(
      question.kind, std::move(everything.apps), question.stamp, removals, now);
  if (outcome.refused) {
    trouble(
        fmt::format("a leader seen for less than a minute lists none of {} of {} serving tasks: "
                    "they stay until it is older",
                    outcome.missing,
                    outcome.serving));
  }
  const auto pause = outcome.refused ? kRetryEverything : link_.spread(options_.resync_interval);
  resync_at_ = std::min(resync_at_, now + pause);
  if (question.kind == Kind::Pod) return;
  last_sync_ = now;
  status_.last_sync = now;
  ++status_.resyncs;
  apps_.forget_idle(now);
  groups_.forget_idle(now);
  hosts_.forget_idle(now);
}

/// The first full state needs both lists, and the definitions of whatever they hold.
void Follower::deliver_if_complete(TimePoint now) {
  if (live_ || !listed_) return;
  inventory_.forget_updates();  // The Reset to come holds them.
  queue_wanted_versions(now);
  if (!awaited_.empty()) return;
  Reset everything = inventory_.reset();
  log(Level::Info, fmt::format("state=synced tasks={}", everything.tasks.size()));
  actions_.emplace_back(Deliver{Batch{{std::move(everything)}, now}});
  live_ = true;
  link_.proved();
  status_.synced = true;
}

void Follower::on_app(const Question& question, const Answer& answer, TimePoint now) {
  if (is_absent(answer)) return on_absent(question, now);
  apps_.done(question.id);
  auto app = read(answer, question.kind == Kind::Pod ? parse_pod : parse_app);
  if (app) {
    reject(app->rejected);
    return inventory_.apply(std::move(app->apps.front()), question.stamp, now);
  }
  trouble(fmt::format("app {} cannot be read: {}", question.id, app.error().message));
  apps_.hold(question.id, now + kRetryPause);
  mark(question.id, now, Haste::Now);
}

/// An event does not say whether it is about an app or a pod: what is not known as either, and is
/// no app, may be a pod.
void Follower::on_absent(const Question& question, TimePoint now) {
  if (question.kind == Kind::App && !inventory_.knows(question.id)) {
    return ask(
        {.subject = Subject::App, .kind = Kind::Pod, .id = question.id, .heard = question.heard});
  }
  apps_.done(question.id);
  inventory_.app_gone(question.id, question.stamp, now);
  apps_.hold(question.id, now + kAbsentPause);
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
  const auto definition =
      read(answer, question.kind == Kind::Pod ? parse_pod_version : parse_version);
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
  if (awaited_.erase(which) > 0 && awaited_.empty()) deliver_if_complete(now);
}

}  // namespace watcher::marathon
