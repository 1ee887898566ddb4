#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <set>
#include <utility>

#include "minimarathon/api.h"
#include "minimarathon/app_fields.h"
#include "minimarathon/path.h"

// /v2/groups

namespace minimarathon {
namespace {

namespace json = boost::json;

/// A group definition taken apart, with absolute ids. Where a list is given, it is the whole truth:
/// what is not in it goes.
struct GroupContent {
  std::vector<std::pair<std::string, json::object>> apps;
  std::set<std::string> app_ids;
  std::set<std::string> groups;
  std::set<std::string> lists_apps;    // Groups that say which apps they have,
  std::set<std::string> lists_groups;  // or which groups.
  Needs needs;                         // Of groups that say so.

  bool drops_group(const std::string& id) const {
    if (id == "/") return false;
    if (!groups.contains(id) && lists_groups.contains(parent_path(id))) return true;
    return drops_group(parent_path(id));
  }
  bool drops_app(const std::string& id) const {
    if (app_ids.contains(id)) return false;
    return lists_apps.contains(parent_path(id)) || drops_group(parent_path(id));
  }
};

void collect(const Fields& group, const std::string& base, GroupContent& out) {
  const std::string id = absolute_path(group.text("id"), base);
  if (id != "/" && !is_valid_path(id)) group.wrong("id", "must be a path such as /shop");
  out.groups.insert(id);
  if (group.has("apps")) out.lists_apps.insert(id);
  for (const Fields& app : group.each("apps")) {
    const std::string app_id = absolute_path(app.text("id"), id);
    if (app_id == id) app.wrong("id", "must be a path such as cart");
    if (out.app_ids.insert(app_id).second) out.apps.emplace_back(app_id, app.document());
  }
  if (group.has("dependencies")) {
    for (const std::string& needed : group.texts("dependencies")) {
      out.needs[id].push_back(absolute_path(needed, id));
    }
  }
  if (group.has("groups")) out.lists_groups.insert(id);
  for (const Fields& inner : group.each("groups")) collect(inner, id, out);
}

ApiResult<GroupContent> read_group(const json::object& input, const std::string& base) {
  Problem problem;
  GroupContent content;
  collect(Fields(input, problem), base, content);
  if (problem.found()) return problem.error();
  for (const std::string& app : content.app_ids) {
    if (content.groups.contains(app)) return invalid("/id", kSameIdentifier);
  }
  return content;
}

/// Groups that a change drops, with those inside them.
std::vector<std::string> dropped_groups(const Store& store,
                                        const GroupContent& content,
                                        const std::string& from) {
  std::vector<std::string> dropped;
  for (const std::string& group : store.groups_in(from)) {
    if (content.drops_group(group)) {
      dropped.push_back(group);
    } else {
      for (std::string& inner : dropped_groups(store, content, group)) {
        dropped.push_back(std::move(inner));
      }
    }
  }
  return dropped;
}

}  // namespace

json::object Api::describe_group(const std::string& id, const Call& call) const {
  std::vector<AppPtr> apps = parts_.store.apps_below(id);
  std::erase_if(apps, [&](const AppPtr& app) { return parent_path(app->id) != id; });
  json::array groups;
  for (const std::string& group : parts_.store.groups_in(id)) {
    groups.push_back(describe_group(group, call));
  }
  return {{"id", id},
          {"apps", describe_apps(apps, call)},
          {"dependencies", json::value_from(parts_.store.group_needs(id))},
          {"enforceRole", false},
          {"groups", std::move(groups)},
          {"pods", json::array{}},
          {"version", parts_.store.group_version(id)}};
}

Api::Result Api::get_group(const Call& call, const std::string& id) {
  if (!parts_.store.has_group(id)) return no_such_group(id);
  return json_answer(describe_group(id, call));
}

/// PUT makes the group what the body says; `scaleBy` alone multiplies the instances inside.
Api::Result Api::change_group(const Call& call, const std::string& id) {
  const auto input = parse_object(call.request);
  if (!input) return tl::unexpected(input.error());
  Problem problem;
  const Fields fields(*input, problem);
  if (fields.has("scaleBy") && input->size() == 1) {
    const double factor = fields.number("scaleBy", 1, 1000);
    if (problem.found()) return problem.error();
    return scale_group(call, id, factor);
  }
  if (fields.has("version") && input->size() == 1) {
    return invalid("/version", "groups cannot be brought back to an old version here");
  }
  const auto content = read_group(*input, id);
  if (!content) return tl::unexpected(content.error());
  const ServicePortSource ports = parts_.store.service_ports();
  Changes changes{.group_needs = content->needs};
  for (const auto& [app_id, definition] : content->apps) {
    auto change = read_change(definition, app_id, Mode::Replace, ports);
    if (!change) return tl::unexpected(change.error());
    changes.apps.push_back(std::move(*change));
  }
  for (AppPtr& app : parts_.store.apps_below(id)) {
    if (content->drops_app(app->id)) changes.gone.push_back(std::move(app));
  }
  const auto deployed = try_deploy(call, std::move(changes));
  if (!deployed) return tl::unexpected(deployed.error());
  for (const std::string& group : dropped_groups(parts_.store, *content, id)) {
    parts_.store.remove_group(group, deployed->version);
  }
  for (const std::string& group : content->groups) {
    parts_.store.touch_group(group, deployed->version);
  }
  return deployment_answer(deployed->id, deployed->version);
}

Api::Result Api::scale_group(const Call& call, const std::string& id, double factor) {
  if (!parts_.store.has_group(id)) return no_such_group(id);
  Changes changes;
  for (const AppPtr& app : parts_.store.apps_below(id)) {
    const json::object scaled{{"instances", std::ceil(app->instances * factor)}};
    auto change = read_change(scaled, app->id, Mode::Overlay, parts_.store.service_ports());
    if (!change) return tl::unexpected(change.error());
    changes.apps.push_back(std::move(*change));
  }
  const auto deployed = try_deploy(call, std::move(changes));
  if (!deployed) return tl::unexpected(deployed.error());
  return deployment_answer(deployed->id, deployed->version);
}

/// POST to /v2/groups, or to the group the new one lies in.
Api::Result Api::create_group(const Call& call, const std::string& base) {
  const auto input = parse_object(call.request);
  if (!input) return tl::unexpected(input.error());
  Problem problem;
  const std::string id = absolute_path(Fields(*input, problem).text("id"), base);
  if (problem.found()) return problem.error();
  if (parts_.store.find(id)) return refuse(409, "An app with the path " + id + " already exists.");
  if (parts_.store.has_group(id)) {
    return refuse(409, "Group " + id + " is already created. Use PUT to change this group.");
  }
  auto response = change_group(call, base);
  if (!response) return response;
  response->status = 201;
  response->headers.emplace_back("Location", "/v2/groups" + id);
  return response;
}

Api::Result Api::delete_group(const Call& call, const std::string& id) {
  if (!parts_.store.has_group(id)) return no_such_group(id);
  const auto deployed = try_deploy(call, {.gone = parts_.store.apps_below(id)});
  if (!deployed) return tl::unexpected(deployed.error());
  parts_.store.remove_group(id, deployed->version);
  return deployment_answer(deployed->id, deployed->version);
}

}  // namespace minimarathon
