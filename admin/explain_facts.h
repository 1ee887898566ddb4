#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "admin/explain.h"
#include "common/result.h"
#include "dnsd/zone/zone_builder.h"
#include "rollout/conductor.h"
#include "watcher/source.h"

/// Private to the explanations: what they are made of, and what all of them tell alike.
namespace admin::explain {

inline constexpr std::string_view kOperatorDrains = "the operator drains it";

/// A backend of some VIP.
struct Place {
  watcher::VipPtr vip;
  const watcher::Backend* backend = nullptr;  // Lives as long as the VIP.
};
/// Where the endpoints of tasks stand behind VIPs, in the order of these.
using Places = std::unordered_map<watcher::TaskKey, std::vector<Place>>;

/// All there is to know at one time.
struct Facts {
  const watcher::Snapshot& snapshot;
  const std::vector<watcher::SourceStatus>& sources;
  const watcher::CheckFailures& failures;
  const rollout::Rollouts& rollouts;
  const ExplainView& more;
  const dnsd::Zone* zone = nullptr;  // Null where there is no dnsd, and so the next.
  const dnsd::ZoneOptions* names = nullptr;
  std::chrono::steady_clock::time_point now{};
  Places places = {};  // Of the tasks that are explained: with_places() looks for them.
};

/// Cost: a look at all backends there are.
Facts with_places(Facts facts, const std::vector<watcher::TaskPtr>& of);
/// Of one of these tasks.
std::span<const Place> places_of(const watcher::TaskKey& task, const Facts& facts);

/// Why the checks of a backend do not pass; null when they do, or there are none.
const watcher::CheckFailure* failure_at(const Place& place, const Facts& facts);

/// Why a port gets no new work, in words; empty when it gets some.
std::string why_not_passing(const watcher::Task& task,
                            const watcher::TaskPort& port,
                            const Facts& facts);
/// Why a task as a whole does not pass.
std::string why_not_passing(const watcher::Task& task, const Facts& facts);

/// {"id", "app", "framework", "source", "state", "health", "ready"}: what its source says of it.
boost::json::object describe_task(const watcher::Task& task);
/// {"kind", "failing_seconds", "why"}: how a backend is checked and what was found; null: not at
/// all.
boost::json::value describe_check(const Place& place, const Facts& facts);
/// Where the sources stand that are named: {"name", "connected", "heard_seconds_ago", ...}.
boost::json::array describe_sources(std::vector<std::string> names, const Facts& facts);

common::Expected<boost::json::object> name(const std::string& name,
                                           const std::string& type,
                                           const Facts& facts);
common::Expected<boost::json::object> vip(const std::string& vip, const Facts& facts);
common::Expected<boost::json::object> service(const std::string& service, const Facts& facts);

}  // namespace admin::explain
