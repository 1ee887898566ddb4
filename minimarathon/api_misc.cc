#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "minimarathon/api.h"

// /ping, /v2/leader, /v2/deployments, /v2/info, /v2/queue

namespace minimarathon {

namespace json = boost::json;

Api::Result Api::ping(const Call& call) {
  if (!call.reads()) return refuse(405, "Method Not Allowed");
  const std::string_view accept = http::find_header(call.request.headers, "Accept");
  if (accept.starts_with("application/json")) return json_answer("pong");
  return http::Response{200, {{"Content-Type", "text/plain"}}, "pong"};
}

Api::Result Api::leader() { return json_answer(json::object{{"leader", parts_.leader}}); }

Api::Result Api::list_deployments() {
  json::array deployments;
  for (const Deployment& deployment : parts_.deployments.all()) {
    deployments.push_back(describe(deployment, [this](const std::string& app) {
      return describe_readiness(parts_.scheduler.instances(app));
    }));
  }
  return json_answer(deployments);
}

/// With force it only ends; else a deployment back to what was before takes its place.
Api::Result Api::cancel_deployment(const Call& call, const std::string& id) {
  const Deployment* deployment = parts_.deployments.find(id);
  if (!deployment) return refuse(404, "DeploymentPlan " + id + " does not exist");
  if (call.flag("force")) {
    parts_.deployments.cancel(id);
    return http::Response{202, {}, ""};
  }
  Changes back = reverse(*deployment);
  parts_.deployments.cancel(id);
  const Deployed deployed = deploy(std::move(back));
  return deployment_answer(deployed.id, deployed.version);
}

Api::Result Api::info() {
  json::array features;
  if (parts_.task_killing) features.emplace_back("task_killing");
  return json_answer(
      json::object{{"name", "marathon"},
                   {"version", "1.8.667"},
                   {"buildref", "embedded"},
                   {"elected", true},
                   {"leader", parts_.leader},
                   {"frameworkId", framework_id()},
                   {"marathon_config",
                    json::object{{"features", std::move(features)},
                                 {"framework_name", "marathon"},
                                 {"hostname", parts_.leader.substr(0, parts_.leader.rfind(':'))},
                                 {"local_port_max", 20000},
                                 {"local_port_min", 10000},
                                 {"webui_url", "http://" + parts_.leader}}},
                   {"zookeeper_config", json::object{}},
                   {"http_config", json::object{}}});
}

/// Apps with instances that wait to be launched.
Api::Result Api::queue() {
  json::array waiting;
  for (const AppPtr& app : parts_.store.apps()) {
    const Instances instances = parts_.scheduler.instances(app->id);
    const auto count = std::count_if(
        instances.begin(), instances.end(), [](const Instance* one) { return !one->has_task(); });
    if (count == 0) continue;
    waiting.push_back(
        json::object{{"app", describe_definition(*app)},
                     {"count", count},
                     {"delay", json::object{{"timeLeftSeconds", 0}, {"overdue", true}}}});
  }
  return json_answer(json::object{{"queue", std::move(waiting)}});
}

}  // namespace minimarathon
