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

std::vector<Deployment::Step> steps_of(std::vector<Deployment::Part> parts) {
  Deployment::Step start;
  for (Deployment::Part& part : parts) {
    if (part.action != Action::Start) continue;
    start.push_back(part);
    part.action = Action::Scale;
  }
  if (start.empty()) return {std::move(parts)};
  return {std::move(start), std::move(parts)};
}

json::object describe_step(const Deployment::Step& step) {
  json::array actions;
  for (const Deployment::Part& part : step) {
    actions.push_back(json::object{{"action", name_of(part.action)}, {"app", part.app}});
  }
  return {{"actions", std::move(actions)}};
}

json::array describe_steps(const Deployment& deployment) {
  json::array steps;
  for (const Deployment::Step& step : deployment.steps) steps.push_back(describe_step(step));
  return steps;
}

json::object plan_of(const Deployment& deployment) {
  return {{"id", deployment.id},
          {"steps", describe_steps(deployment)},
          {"version", deployment.version}};
}

bool touches(const Deployment& deployment, const std::string& app) {
  const Deployment::Step& last = deployment.steps.back();  // Has every app.
  return std::any_of(
      last.begin(), last.end(), [&](const Deployment::Part& part) { return part.app == app; });
}

bool is_done(const Deployment::Step& step) {
  return std::all_of(step.begin(), step.end(), [](const auto& part) { return part.done; });
}

}  // namespace

std::string Deployments::begin(const std::string& version, std::vector<Deployment::Part> parts) {
  for (const Deployment::Part& part : parts) {
    for (const std::string& id : of_app(part.app)) cancel(id);
  }
  Deployment deployment{.id = make_uuid(), .version = version, .steps = steps_of(std::move(parts))};
  if (deployment.steps.back().empty()) {  // A change of nothing.
    announce("deployment_success", deployment);
    return deployment.id;
  }
  announce_step("deployment_info", deployment);
  if (deployment.steps.size() > 1) {
    announce_step("deployment_step_success", deployment);
    ++deployment.current;
    announce_step("deployment_info", deployment);
  }
  all_.push_back(std::move(deployment));
  return all_.back().id;
}

void Deployments::app_done(const std::string& app) {
  const auto found = std::find_if(
      all_.begin(), all_.end(), [&](const Deployment& one) { return touches(one, app); });
  if (found == all_.end()) return;
  Deployment::Step& step = found->steps.back();
  for (Deployment::Part& part : step) part.done = part.done || part.app == app;
  if (!is_done(step)) return;
  const Deployment ended = std::move(*found);
  all_.erase(found);
  announce_step("deployment_step_success", ended);
  announce("deployment_success", ended);
}

bool Deployments::cancel(const std::string& id) {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one.id == id; });
  if (found == all_.end()) return false;
  const Deployment ended = std::move(*found);
  all_.erase(found);
  announce("deployment_failed", ended);
  return true;
}

const Deployment* Deployments::find(const std::string& id) const {
  const auto found =
      std::find_if(all_.begin(), all_.end(), [&](const auto& one) { return one.id == id; });
  return found == all_.end() ? nullptr : &*found;
}

std::vector<std::string> Deployments::of_app(const std::string& app) const {
  std::vector<std::string> ids;
  for (const Deployment& deployment : all_) {
    if (touches(deployment, app)) ids.push_back(deployment.id);
  }
  return ids;
}

void Deployments::announce_step(std::string_view type, const Deployment& deployment) const {
  bus_.publish(type,
               {{"plan", plan_of(deployment)},
                {"currentStep", describe_step(deployment.steps[deployment.current])}});
}

void Deployments::announce(std::string_view type, const Deployment& deployment) const {
  bus_.publish(type, {{"id", deployment.id}, {"plan", plan_of(deployment)}});
}

json::object describe(const Deployment& deployment) {
  json::array apps;
  for (const Deployment::Part& part : deployment.steps.back()) apps.emplace_back(part.app);
  json::object step = describe_step(deployment.steps[deployment.current]);
  json::array& current = step["actions"].as_array();
  for (json::value& action : current) action.as_object()["readinessCheckResults"] = json::array{};
  return {{"id", deployment.id},
          {"version", deployment.version},
          {"affectedApps", std::move(apps)},
          {"affectedPods", json::array{}},
          {"steps", describe_steps(deployment)},
          {"currentActions", std::move(current)},
          {"currentStep", deployment.current + 1},
          {"totalSteps", deployment.steps.size()}};
}

}  // namespace minimarathon
