#include <boost/json.hpp>

#include "minimarathon/api.h"

// /v2/deployments, /v2/info, /v2/queue

namespace minimarathon {

namespace json = boost::json;

Api::Result Api::list_deployments() {
  json::array deployments;
  for (const Deployment& deployment : parts_.deployments.all())
    deployments.push_back(describe(deployment));
  return http::json_response(200, json::serialize(deployments));
}

/// What is there stays as it is; the app can be changed again.
Api::Result Api::cancel_deployment(const std::string& id) {
  if (!parts_.deployments.cancel(id))
    return refuse(404, "DeploymentPlan " + id + " does not exist");
  return http::Response{202, {}, ""};
}

Api::Result Api::info() {
  const json::object body{{"name", "marathon"},
                          {"version", "1.8.667"},
                          {"buildref", "signpost-embedded"},
                          {"elected", true},
                          {"leader", leader_},
                          {"frameworkId", "00000000-5167-4e70-8057-000000000000-0000"},
                          {"marathon_config",
                           json::object{{"features", json::array{"task_killing"}},
                                        {"local_port_min", 10000},
                                        {"local_port_max", 20000}}},
                          {"zookeeper_config", json::object{}},
                          {"http_config", json::object{}}};
  return http::json_response(200, json::serialize(body));
}

/// Apps with instances that wait to be launched.
Api::Result Api::queue() {
  json::array waiting;
  for (const AppPtr& app : parts_.store.apps()) {
    std::size_t count = 0;
    for (const Instance* instance : parts_.scheduler.instances(app->id)) {
      if (instance->condition == Condition::Scheduled) ++count;
    }
    if (count == 0) continue;
    waiting.push_back(
        json::object{{"app", describe_definition(*app)},
                     {"count", count},
                     {"delay", json::object{{"timeLeftSeconds", 0}, {"overdue", true}}}});
  }
  return http::json_response(200, json::serialize(json::object{{"queue", std::move(waiting)}}));
}

}  // namespace minimarathon
