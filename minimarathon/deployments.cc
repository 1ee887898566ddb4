#include "minimarathon/deployments.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
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

bool names(const Deployment::Step& step, const std::string& app) {
  return std::any_of(
      step.begin(), step.end(), [&](const Deployment::Part& part) { return part.app == app; });
}

bool touches(const Deployment& deployment, const std::string& app) {
  return std::any_of(deployment.steps.begin(), deployment.steps.end(), [&](const auto& step) {
    return names(step, app);
  });
}

bool is_done(const Deployment::Step& step) {
  return std::all_of(step.begin(), step.end(), [](const auto& part) { return part.done; });
}

}  // namespace

std::vector<Deployment::Step> plan_steps(const std::vector<Deployment::Part>& parts) {
  Deployment::Step stops;
  Deployment::Step starts;
  std::map<std::size_t, Deployment::Step> changes;  // By rank.
  for (const Deployment::Part& part : parts) {
    if (part.action == Action::Stop) {
      stops.push_back(part);
      continue;
    }
    Deployment::Part& change = changes[part.rank].emplace_back(part);
    if (part.action != Action::Start) continue;
    starts.push_back(part);
    starts.back().done = true;  // Of no instance.
    change.action = Action::Scale;
  }
  std::vector<Deployment::Step> steps;
  if (!stops.empty()) steps.push_back(std::move(stops));
  if (!starts.empty()) steps.push_back(std::move(starts));
  for (auto& [rank, step] : changes) steps.push_back(std::move(step));
  return steps;
}

std::string Deployments::begin(const std::string& version,
                               const std::vector<Deployment::Part>& parts) {
  for (const Deployment::Part& part : parts) {
    for (const std::string& id : of_app(part.app)) cancel(id);
  }
  Deployment deployment{.id = make_uuid(), .version = version, .steps = plan_steps(parts)};
  std::string id = deployment.id;
  if (deployment.steps.empty()) {  // A change of nothing.
    announce("deployment_success", deployment);
    return id;
  }
  const auto begun = all_.insert(all_.end(), std::move(deployment));
  enter_step(*begun);
  go_on(begun);
  return id;
}

void Deployments::enter_step(const Deployment& deployment) const {
  announce_step("deployment_info", deployment);
  for (const Deployment::Part& part : deployment.steps[deployment.current]) begin_part_(part);
}

/// From the step that is done, if it is, to the next that is not.
void Deployments::go_on(std::list<Deployment>::iterator deployment) {
  while (is_done(deployment->steps[deployment->current])) {
    announce_step("deployment_step_success", *deployment);
    if (deployment->current + 1 == deployment->steps.size()) {
      const Deployment ended = std::move(*deployment);
      all_.erase(deployment);
      return announce("deployment_success", ended);
    }
    ++deployment->current;
    enter_step(*deployment);
  }
}

void Deployments::app_done(const std::string& app) {
  const auto found = std::find_if(
      all_.begin(), all_.end(), [&](const Deployment& one) { return touches(one, app); });
  if (found == all_.end()) return;
  for (Deployment::Part& part : found->steps[found->current]) {
    part.done = part.done || part.app == app;
  }
  go_on(found);
}

Deployments::Standing Deployments::standing_of(const std::string& app) const {
  for (const Deployment& deployment : all_) {
    for (std::size_t i = deployment.current; i < deployment.steps.size(); ++i) {
      for (const Deployment::Part& part : deployment.steps[i]) {
        if (part.app != app || part.action == Action::Start) continue;
        return {i == deployment.current ? Turn::Acts : Turn::Waits, part.before};
      }
    }
  }
  return {};
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

json::object describe(const Deployment& deployment,
                      const std::function<json::array(const std::string& app)>& readiness) {
  std::set<std::string> apps;
  for (const Deployment::Step& step : deployment.steps) {
    for (const Deployment::Part& part : step) apps.insert(part.app);
  }
  json::array actions;
  for (const Deployment::Part& part : deployment.steps[deployment.current]) {
    actions.push_back(json::object{{"action", name_of(part.action)},
                                   {"app", part.app},
                                   {"readinessCheckResults", readiness(part.app)}});
  }
  return {{"id", deployment.id},
          {"version", deployment.version},
          {"affectedApps", json::value_from(apps)},
          {"affectedPods", json::array{}},
          {"steps", describe_steps(deployment)},
          {"currentActions", std::move(actions)},
          {"currentStep", deployment.current + 1},
          {"totalSteps", deployment.steps.size()}};
}

}  // namespace minimarathon
