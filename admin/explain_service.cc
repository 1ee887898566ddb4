// Every endpoint of a service, and why it gets no new clients.
#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <unordered_set>
#include <utility>

#include "admin/explain_facts.h"
#include "admin/explain_nearest.h"
#include "dnsd/zone/origins.h"

namespace admin::explain {
namespace {

namespace json = boost::json;
using watcher::TaskPtr;

using ServiceId = std::pair<std::string, std::string>;  // framework, app
using Services = std::map<ServiceId, std::vector<TaskPtr>>;

/// An app is asked for by its id, or by the name that its scheduler gives its tasks.
class Asked {
 public:
  explicit Asked(const std::string& text) : text_(text), with_slash_("/" + text) {}

  bool is(const watcher::Task& task) const {
    return *task.app == text_ || *task.app == with_slash_ || *task.name == text_ ||
           is_name_in(*task.name, *task.framework);
  }

 private:
  bool is_name_in(const std::string& name, const std::string& framework) const {
    return text_.size() == name.size() + 1 + framework.size() && text_.starts_with(name) &&
           text_[name.size()] == '.' && text_.ends_with(framework);
  }

  const std::string& text_;
  const std::string with_slash_;
};

void sort_by_key(std::vector<TaskPtr>& tasks) {
  std::sort(tasks.begin(), tasks.end(), [](const TaskPtr& a, const TaskPtr& b) {
    return a->key < b->key;
  });
}

Services find_by_id(const std::string& asked, const Facts& facts) {
  const Asked app(asked);
  Services services;
  facts.snapshot.tasks.for_each([&](const watcher::TaskKey&, const TaskPtr& task) {
    if (app.is(*task)) services[{*task->framework, *task->app}].push_back(task);
  });
  return services;
}

/// The apps whose tasks stand behind a name in DNS, with all their tasks.
Services find_by_name(const std::string& asked, const Facts& facts) {
  auto name = dnsd::Name::from_text(asked);
  if (facts.zone == nullptr || !name) return {};
  name->make_lower();
  const auto aliases = dnsd::follow_aliases(*facts.zone, name->wire());
  const std::string meant = aliases.empty() ? std::string(name->wire()) : aliases.back();
  std::set<ServiceId> wanted;
  for (const dnsd::Origin& origin : dnsd::find_origins(meant, facts.snapshot, *facts.names)) {
    if (origin.task) wanted.emplace(*origin.task->framework, *origin.task->app);
  }
  Services services;
  facts.snapshot.tasks.for_each([&](const watcher::TaskKey&, const TaskPtr& task) {
    const ServiceId id{*task->framework, *task->app};
    if (wanted.contains(id)) services[id].push_back(task);
  });
  return services;
}

std::vector<TaskPtr> tasks_of(const Services& services) {
  std::vector<TaskPtr> all;
  for (const auto& [id, tasks] : services) all.insert(all.end(), tasks.begin(), tasks.end());
  return all;
}

std::vector<std::string> nearest_apps(const std::string& asked, const Facts& facts) {
  Nearest nearest(asked);
  std::unordered_set<const std::string*> met;  // Of the tasks of an app, most share its text.
  facts.snapshot.tasks.for_each([&](const watcher::TaskKey&, const TaskPtr& task) {
    if (met.insert(&*task->app).second) nearest.offer(*task->app);
  });
  return nearest.names();
}

/// The VIPs that an endpoint stands behind, and how it is checked for the first of them.
void add_vips(std::span<const Place> places,
              const common::SocketAddress& endpoint,
              watcher::Protocol protocol,
              const Facts& facts,
              json::object& into) {
  json::array vips;
  into["check"] = nullptr;
  for (const Place& place : places) {
    if (place.backend->endpoint != endpoint || place.vip->id.protocol != protocol) continue;
    if (vips.empty()) into["check"] = describe_check(place, facts);
    vips.emplace_back(place.vip->id.to_string());
  }
  into["vips"] = std::move(vips);
}

std::string why_no_clients(const watcher::Task& task,
                           const watcher::TaskPort& port,
                           const Facts& facts) {
  const std::string why = why_not_passing(task, port, facts);
  return why.empty() && (task.drained || port.drained) ? std::string(kOperatorDrains) : why;
}

void add_endpoints(const watcher::Task& task, const Facts& facts, json::array& into) {
  const auto places = places_of(task.key, facts);
  json::object shared = describe_task(task);
  json::value id = shared.at("id");  // A new member may move the others.
  shared["task"] = std::move(id);
  for (const char* known : {"id", "app", "framework"}) shared.erase(known);
  for (const watcher::TaskPort& port : task.ports) {
    for (const common::SocketAddress& endpoint : watcher::endpoints_of(task, port)) {
      json::object described{{"endpoint", endpoint.to_string()},
                             {"protocol", watcher::to_string(port.protocol)},
                             {"port", port.name}};
      for (const auto& member : shared) described.insert(member);
      described["probe"] = watcher::to_string(port.probe);
      described["passing"] = watcher::is_passing(task, port);
      described["drained"] = task.drained || port.drained;
      described["why"] = why_no_clients(task, port, facts);
      add_vips(places, endpoint, port.protocol, facts, described);
      into.push_back(std::move(described));
    }
  }
}

json::object describe(Services services, const Facts& facts) {
  json::array described;
  for (auto& [id, tasks] : services) {
    sort_by_key(tasks);
    json::array endpoints;
    for (const TaskPtr& task : tasks) add_endpoints(*task, facts, endpoints);
    described.push_back(json::object{{"app", id.second},
                                     {"framework", id.first},
                                     {"tasks", tasks.size()},
                                     {"endpoints", std::move(endpoints)}});
  }
  return {{"kind", "service"},
          {"generation", facts.snapshot.generation},
          {"synced", facts.snapshot.synced},
          {"services", std::move(described)}};
}

}  // namespace

common::Expected<json::object> service(const std::string& asked, const Facts& facts) {
  Services services = find_by_id(asked, facts);
  if (services.empty()) services = find_by_name(asked, facts);
  if (services.empty()) {
    return common::fail(common::ErrorCode::NotFound,
                        "there is no service " + asked + did_you_mean(nearest_apps(asked, facts)));
  }
  const auto tasks = tasks_of(services);
  return describe(std::move(services), with_places(facts, tasks));
}

}  // namespace admin::explain
