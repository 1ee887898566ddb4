#include <boost/json.hpp>
#include <set>
#include <utility>

#include "minimarathon/api.h"
#include "minimarathon/path.h"

// /v2/groups

namespace minimarathon {
namespace {

namespace json = boost::json;

/// A group definition taken apart: the apps in it and below, with absolute ids.
struct GroupContent {
  std::vector<std::pair<std::string, const json::object*>> apps;
  std::vector<std::string> groups;
};

ApiResult<void> collect(const json::object& group, const std::string& base, GroupContent& out) {
  const auto* own = group.if_contains("id");
  const std::string id = own && own->is_string() ? absolute_path(own->as_string(), base) : base;
  if (id != "/" && !is_valid_path(id)) return invalid("/id", "must be a path such as /shop");
  out.groups.push_back(id);
  const auto each = [&](std::string_view key, auto take) -> ApiResult<void> {
    const auto* list = group.if_contains(key);
    if (!list || list->is_null()) return {};
    if (!list->is_array()) return invalid("/" + std::string(key), "must be a list");
    for (const json::value& element : list->as_array()) {
      if (!element.is_object()) return invalid("/" + std::string(key), "must be a list of objects");
      if (auto taken = take(element.as_object()); !taken) return taken;
    }
    return {};
  };
  auto taken = each("apps", [&](const json::object& app) -> ApiResult<void> {
    const auto* app_id = app.if_contains("id");
    if (!app_id || !app_id->is_string()) return invalid("/apps/id", "must be a path");
    out.apps.emplace_back(absolute_path(app_id->as_string(), id), &app);
    return {};
  });
  if (!taken) return taken;
  return each("groups", [&](const json::object& inner) { return collect(inner, id, out); });
}

std::set<std::string> child_groups(const Store& store, const std::string& group) {
  std::set<std::string> children;
  const auto add = [&](std::string id) {
    while (parent_path(id) != group) id = parent_path(id);
    children.insert(id);
  };
  for (const AppPtr& app : store.apps_below(group)) {
    if (const std::string parent = parent_path(app->id); parent != group) add(parent);
  }
  for (const std::string& id : store.empty_groups()) {
    if (is_below(id, group)) add(id);
  }
  return children;
}

}  // namespace

Api::Result Api::get_group(const Call& call, const std::string& id) {
  if (!parts_.store.has_group(id)) return refuse(404, "Group '" + id + "' does not exist");
  Embeds embeds(call.request.query("embed"));
  const auto describe_group = [&](const auto& self, const std::string& group) -> json::object {
    json::array apps;
    for (const AppPtr& app : parts_.store.apps_below(group)) {
      if (parent_path(app->id) != group) continue;
      apps.push_back(describe_app(
          *app, parts_.scheduler.instances(app->id), parts_.deployments.of_app(app->id), embeds));
    }
    json::array groups;
    for (const std::string& child : child_groups(parts_.store, group))
      groups.push_back(self(self, child));
    return {{"id", group},
            {"apps", std::move(apps)},
            {"groups", std::move(groups)},
            {"pods", json::array{}},
            {"dependencies", json::array{}}};
  };
  return http::json_response(200, json::serialize(describe_group(describe_group, id)));
}

Api::Result Api::put_group(const Call& call, const std::string& id) {
  const auto input = parse_object(call.request);
  if (!input) return tl::unexpected(input.error());
  GroupContent content;
  if (auto read = collect(*input, id, content); !read) return tl::unexpected(read.error());
  const ServicePortSource ports = parts_.store.service_ports();
  std::vector<Change> changes;
  std::vector<std::string> ids;
  for (const auto& [app_id, definition] : content.apps) {
    auto change = read_change(*definition, app_id, ports);
    if (!change) return tl::unexpected(change.error());
    ids.push_back(app_id);
    changes.push_back(std::move(*change));
  }
  if (auto unlocked = check_lock(call, ids); !unlocked) return tl::unexpected(unlocked.error());
  for (const std::string& group : content.groups) {
    if (group != "/") parts_.store.add_group(group);
  }
  return deployed(deploy(std::move(changes)));
}

/// POST to /v2/groups, or to the group the new one lies in.
Api::Result Api::post_group(const Call& call, const std::string& base) {
  const auto input = parse_object(call.request);
  if (!input) return tl::unexpected(input.error());
  const auto* own = input->if_contains("id");
  if (!own || !own->is_string()) return invalid("/id", "must be a path such as /shop");
  const std::string id = absolute_path(own->as_string(), base);
  if (parts_.store.has_group(id))
    return refuse(409, "Group " + id + " is already created. Use PUT to change this group.");
  auto response = put_group(call, base);
  if (!response) return response;
  response->status = 201;
  response->headers.emplace_back("Location", "/v2/groups" + id);
  return response;
}

Api::Result Api::delete_group(const Call& call, const std::string& id) {
  if (!parts_.store.has_group(id)) return refuse(404, "Group '" + id + "' does not exist");
  std::vector<std::string> ids;
  for (const AppPtr& app : parts_.store.apps_below(id)) ids.push_back(app->id);
  if (auto unlocked = check_lock(call, ids); !unlocked) return tl::unexpected(unlocked.error());
  parts_.store.remove_group(id);
  return deployed(undeploy(ids));
}

}  // namespace minimarathon
