// Reads what Marathon says of pods.

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "watcher/follow/json.h"
#include "watcher/marathon/facts.h"
#include "watcher/marathon/parse.h"

namespace watcher::marathon {
namespace {

using common::Expected;

tl::unexpected<common::Error> refuse(std::string why) {
  return common::fail(common::ErrorCode::InvalidInput, std::move(why));
}

/// By the container's own word; where it has none, Unknown if it is checked.
Health read_container_health(const json::Object& container, const json::Object* spec) {
  std::vector<bool> verdicts;
  for (const json::Object* condition : json::objects(container, "conditions")) {
    if (json::text(*condition, "name") != "healthy") continue;
    verdicts.push_back(json::text(*condition, "value") == "true");
  }
  for (const json::Object* endpoint : json::objects(container, "endpoints")) {
    if (json::find(*endpoint, "healthy")) verdicts.push_back(json::is_true(*endpoint, "healthy"));
  }
  if (verdicts.empty()) {
    const bool checked = spec && json::member(*spec, "healthCheck");
    return checked ? Health::Unknown : Health::None;
  }
  return std::find(verdicts.begin(), verdicts.end(), false) == verdicts.end() ? Health::Passing
                                                                              : Health::Failing;
}

std::vector<IpAddress> read_network_addresses(const json::Object& instance) {
  std::vector<IpAddress> addresses;
  for (const json::Object* network : json::objects(instance, "networks")) {
    for (const json::Value& text : json::list(*network, "addresses")) {
      if (const auto address = IpAddress::parse(json::as_text(text))) addresses.push_back(*address);
    }
  }
  return addresses;
}

/// ".../v2/pods/ID::versions/V"
std::string_view version_in(std::string_view reference) {
  constexpr std::string_view kMark = "::versions/";
  const std::size_t at = reference.find(kMark);
  return at == std::string_view::npos ? "" : reference.substr(at + kMark.size());
}

/// What the containers of one instance have in common.
TaskFacts read_instance(const json::Object& instance, const AppFacts& pod) {
  TaskFacts common;
  common.app = pod.id;
  common.version = version_in(json::text(instance, "specReference"));
  if (common.version.empty()) common.version = pod.version;
  common.host = json::text(instance, "agentHostname");
  common.agent_id = json::text(instance, "agentId");
  common.region = json::text(instance, "agentRegion");
  common.zone = json::text(instance, "agentZone");
  common.addresses = read_network_addresses(instance);
  return common;
}

const json::Object* find_container(const json::Object& spec, std::string_view name) {
  for (const json::Object* container : json::objects(spec, "containers")) {
    if (json::text(*container, "name") == name) return container;
  }
  return nullptr;
}

Expected<TaskFacts> read_container(const json::Object& instance,
                                   const json::Object& container,
                                   const json::Object& spec,
                                   TaskFacts task) {
  task.container = json::text(container, "name");
  task.id = json::text(container, "containerId");  // Only while it is active.
  if (task.id.empty()) {
    task.id = std::string(json::text(instance, "id")) + "." + *task.container;
  }
  const std::string_view status = json::text(container, "status");
  const auto state = parse_state(status);
  if (!state) return refuse("status '" + std::string(status) + "' is no Mesos task state");
  task.state = *state;
  for (const json::Object* endpoint : json::objects(container, "endpoints")) {
    const json::Value* value = json::find(*endpoint, "allocatedHostPort");
    if (value == nullptr) continue;
    const auto port = json::as_port(*value);
    if (!port) return refuse("allocatedHostPort is no port");
    task.ports.push_back(*port);
  }
  task.health = read_container_health(container, find_container(spec, task.container));
  return task;
}

void read_pod(const json::Object& status, AppsAnswer& answer) {
  AppFacts facts;
  facts.kind = Kind::Pod;
  facts.id = json::text(status, "id");
  const json::Object* spec = json::member(status, "spec");
  if (!facts.id.starts_with('/') || spec == nullptr) {
    answer.rejected.push_back(
        {"pod '" + facts.id + "'", spec ? "its id is no absolute path" : "it has no spec"});
    return;
  }
  facts.version = json::text(*spec, "version");
  facts.definition = std::make_shared<const Definition>(read_pod_definition(*spec));
  for (const json::Object* instance : json::objects(status, "instances")) {
    const TaskFacts common = read_instance(*instance, facts);
    for (const json::Object* container : json::objects(*instance, "containers")) {
      auto task = read_container(*instance, *container, *spec, common);
      if (task) {
        facts.tasks.push_back(std::move(*task));
        continue;
      }
      facts.unread.emplace_back(json::text(*container, "containerId"));
      answer.rejected.push_back(
          {"task '" + facts.unread.back() + "' of " + facts.id, task.error().message});
    }
  }
  answer.apps.push_back(std::move(facts));
}

}  // namespace

Expected<AppsAnswer> parse_pods(std::string_view body) {
  AppsAnswer answer;
  const auto read = json::with_list(body, [&](const json::Array& pods) -> Expected<void> {
    for (const json::Object* pod : json::objects(pods)) read_pod(*pod, answer);
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return answer;
}

Expected<AppsAnswer> parse_pod(std::string_view body) {
  AppsAnswer answer;
  const auto read = json::with_object(body, [&](const json::Object& root) -> Expected<void> {
    read_pod(root, answer);
    if (answer.apps.empty()) return refuse(answer.rejected.front().why);
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return answer;
}

Expected<DefinitionPtr> parse_pod_version(std::string_view body) {
  DefinitionPtr definition;
  const auto read = json::with_object(body, [&](const json::Object& pod) -> Expected<void> {
    if (json::text(pod, "id").empty()) return refuse("it is no pod definition");
    definition = std::make_shared<const Definition>(read_pod_definition(pod));
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return definition;
}

}  // namespace watcher::marathon
