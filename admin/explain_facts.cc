#include "admin/explain_facts.h"

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <tuple>
#include <utility>

#include "admin/sources.h"
#include "config/check_text.h"
#include "watcher/vips/checks.h"

namespace admin::explain {
namespace {

namespace json = boost::json;
using watcher::Health;
using watcher::TaskState;

double seconds_since(std::chrono::steady_clock::time_point then, const Facts& facts) {
  return std::chrono::duration<double>(facts.now - then).count();
}

/// What speaks against all ports of a task; empty when nothing does.
std::string why_not_alive(const watcher::Task& task) {
  switch (task.state) {
    case TaskState::Starting:
      return "it is starting";
    case TaskState::Killing:
      return "it is being killed";
    case TaskState::Ended:
      return "it has ended";
    case TaskState::Unreachable:
      return "its agent is lost, and counts only where our own check passes";
    case TaskState::Running:
      break;
  }
  const std::string source = "the source " + *task.key.source;
  if (!task.ready) return source + " says that it is not ready yet";
  if (task.health == Health::Failing) return source + " says that its health check fails";
  if (task.health == Health::Unknown) return source + " waits for its first health check";
  return {};
}

bool is_at(const Place& place, const watcher::Task& task, const watcher::TaskPort& port) {
  const auto endpoints = watcher::endpoints_of(task, port);
  return place.vip->id.protocol == port.protocol &&
         std::find(endpoints.begin(), endpoints.end(), place.backend->endpoint) != endpoints.end();
}

/// Sorted: so it is seen without a look at a backend's task that it is none of theirs.
std::vector<common::SocketAddress> all_endpoints(const std::vector<watcher::TaskPtr>& tasks) {
  std::vector<common::SocketAddress> all;
  for (const watcher::TaskPtr& task : tasks) {
    for (const watcher::TaskPort& port : task->ports) {
      const auto endpoints = watcher::endpoints_of(*task, port);
      all.insert(all.end(), endpoints.begin(), endpoints.end());
    }
  }
  std::sort(all.begin(), all.end());
  return all;
}

/// Of a port whose verdict is failing: that is turned over by several checks in a row.
std::string why_check_fails(const watcher::Task& task,
                            const watcher::TaskPort& port,
                            const Facts& facts) {
  for (const Place& place : places_of(task.key, facts)) {
    if (!is_at(place, task, port)) continue;
    if (const auto* failure = failure_at(place, facts)) return "our check fails: " + failure->why;
    const int rise = place.backend->check->rise.value_or(facts.more.settings.probe.rise);
    return "our last check passed, and " + std::to_string(rise) +
           " in a row are needed (probe.rise)";
  }
  return "our check fails";
}

}  // namespace

Facts with_places(Facts facts, const std::vector<watcher::TaskPtr>& of) {
  for (const watcher::TaskPtr& task : of) facts.places[task->key];
  const auto endpoints = all_endpoints(of);
  facts.snapshot.vips.for_each([&](const watcher::VipId&, const watcher::VipPtr& vip) {
    for (const watcher::Backend& backend : vip->backends) {
      if (!std::binary_search(endpoints.begin(), endpoints.end(), backend.endpoint)) continue;
      const auto its = facts.places.find(backend.task);
      if (its != facts.places.end()) its->second.push_back({vip, &backend});
    }
  });
  for (auto& [task, its] : facts.places) {
    std::sort(its.begin(), its.end(), [](const Place& a, const Place& b) {
      return std::tie(a.vip->id, a.backend->endpoint) < std::tie(b.vip->id, b.backend->endpoint);
    });
  }
  return facts;
}

std::span<const Place> places_of(const watcher::TaskKey& task, const Facts& facts) {
  const auto found = facts.places.find(task);
  return found == facts.places.end() ? std::span<const Place>() : found->second;
}

const watcher::CheckFailure* failure_at(const Place& place, const Facts& facts) {
  const watcher::Backend& backend = *place.backend;
  return facts.failures.find(
      watcher::CheckedEndpoint{backend.endpoint, place.vip->id.protocol, backend.check});
}

std::string why_not_passing(const watcher::Task& task,
                            const watcher::TaskPort& port,
                            const Facts& facts) {
  if (watcher::is_passing(task, port)) return {};
  if (std::string why = why_not_alive(task); !why.empty()) return why;
  return port.probe == Health::Unknown ? "our first check is under way"
                                       : why_check_fails(task, port, facts);
}

std::string why_not_passing(const watcher::Task& task, const Facts& facts) {
  if (std::string why = why_not_alive(task); !why.empty()) return why;
  for (const watcher::TaskPort& port : task.ports) {
    const std::string why = why_not_passing(task, port, facts);
    if (!why.empty()) return "port " + std::to_string(port.port) + ": " + why;
  }
  return {};
}

json::object describe_task(const watcher::Task& task) {
  return {{"id", task.key.id},
          {"app", task.app},
          {"framework", task.framework},
          {"source", task.key.source},
          {"state", watcher::to_string(task.state)},
          {"health", watcher::to_string(task.health)},
          {"ready", task.ready}};
}

json::value describe_check(const Place& place, const Facts& facts) {
  const watcher::Backend& backend = *place.backend;
  if (!facts.more.settings.probe.enabled ||
      !watcher::is_checked(place.vip->id.protocol, backend.check)) {
    return nullptr;
  }
  config::Check check = *backend.check;
  if (check.kind == config::CheckKind::Unsaid) check.kind = config::CheckKind::Tcp;
  json::object described{{"check", config::Type<config::Check>::print(check)}};
  if (const watcher::CheckFailure* failure = failure_at(place, facts)) {
    described["why"] = failure->why;
    described["failing_seconds"] = seconds_since(failure->since, facts);
  }
  return described;
}

json::array describe_sources(std::vector<std::string> names, const Facts& facts) {
  std::vector<watcher::SourceStatus> wanted;
  std::copy_if(facts.sources.begin(),
               facts.sources.end(),
               std::back_inserter(wanted),
               [&names](const watcher::SourceStatus& source) {
                 return std::find(names.begin(), names.end(), source.name) != names.end();
               });
  json::value all = admin::describe_sources(facts.snapshot, wanted, facts.now);
  return std::move(all.as_object().at("sources").as_array());
}

}  // namespace admin::explain
