#include "minimarathon/deployments.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "minimarathon/uuid.h"

namespace minimarathon {
namespace {

namespace json = boost::json;

std::string_view name_of(Action action) {
  switch (action) {
    case Action::Start:
      return "StartApplication";
    case Action::Scale:
      return "ScaleApplication";
    case Action::Restart:
      return "RestartApplication";
    case Action::Stop:
      return "StopApplication";
  }
  return "";
}

json::array actions_of(const Deployment& deployment) {
  json::array actions;
  for (const auto& part : deployment.parts) {
    actions.push_back(json::object{{"action", name_of(part.action)}, {"app", part.app}});
  }
  return actions;
}

json::object step_of(const Deployment& deployment) { return {{"actions", actions_of(deployment)}}; }

json::object plan_of(const Deployment& deployment) {
  return {{"id", deployment.id},
          {"steps", json::array{step_of(deployment)}},
          {"version", deployment.version}};
}

bool touches(const Deployment& deployment, const std::string& app) {
  return std::any_of(deployment.parts.begin(), deployment.parts.end(), [&](const auto& part) {
    return part.app == app;
  });
}

bool is_done(const Deployment& deployment) {
  return std::all_of(
      deployment.parts.begin(), deployment.parts.end(), [](const auto& part) { return part.done; });
}

}  // namespace

std::string Deployments::begin(std::string version, std::vector<Deployment::Part> parts) {
  for (const auto& part : parts) {
    for (const std::string& id : of_app(part.app)) cancel(id);
  }
  all_.push_back({.id = make_uuid(), .version = std::move(version), .parts = std::move(parts)});
  announce("deployment_info", all_.back(), true);
  return all_.back().id;
}

void Deployments::app_done(const std::string& app) {
  for (auto deployment = all_.begin(); deployment != all_.end();) {
    for (auto& part : deployment->parts) part.done = part.done || part.app == app;
    if (!touches(*deployment, app) || !is_done(*deployment)) {
      ++deployment;
      continue;
    }
    const Deployment ended = *deployment;
    deployment = all_.erase(deployment);
    announce("deployment_step_success", ended, true);
    announce("deployment_success", ended, false);
  }
}

bool Deployments::cancel(const std::string& id) {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one.id == id; });
  if (found == all_.end()) return false;
  const Deployment ended = *found;
  all_.erase(found);
  announce("deployment_failed", ended, false);
  return true;
}

std::vector<std::string> Deployments::of_app(const std::string& app) const {
  std::vector<std::string> ids;
  for (const Deployment& deployment : all_) {
    if (touches(deployment, app)) ids.push_back(deployment.id);
  }
  return ids;
}

void Deployments::announce(std::string_view type,
                           const Deployment& deployment,
                           bool with_step) const {
  json::object event;
  if (!with_step) event["id"] = deployment.id;
  event["plan"] = plan_of(deployment);
  if (with_step) event["currentStep"] = step_of(deployment);
  bus_.publish(type, std::move(event));
}

json::object describe(const Deployment& deployment) {
  json::array apps;
  json::array current = actions_of(deployment);
  for (const auto& part : deployment.parts) apps.emplace_back(part.app);
  for (json::value& action : current) action.as_object()["readinessCheckResults"] = json::array{};
  return {{"id", deployment.id},
          {"version", deployment.version},
          {"affectedApps", std::move(apps)},
          {"affectedPods", json::array{}},
          {"steps", json::array{step_of(deployment)}},
          {"currentActions", std::move(current)},
          {"currentStep", 1},
          {"totalSteps", 1}};
}

}  // namespace minimarathon
