#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/server.h"
#include "minimarathon/api_error.h"
#include "minimarathon/scheduler.h"

namespace minimarathon {

/// The REST API: routes requests to one function a resource and method. Answers at once.
class Api {
 public:
  struct Parts {
    Store& store;
    Scheduler& scheduler;
    Deployments& deployments;
    Events& events;
    EventBus& bus;
  };
  Api(Parts parts, std::string leader) : parts_(parts), leader_(std::move(leader)) {}

  void handle(const http::Request& request, const std::shared_ptr<http::Responder>& responder);

 private:
  using Result = ApiResult<http::Response>;
  struct Call {
    const http::Request& request;
    std::string client;

    bool flag(std::string_view name, bool otherwise = false) const;
  };

  Result route(const Call& call);
  Result route_app(const Call& call, std::string_view path);

  // api_apps.cc
  Result list_apps(const Call& call);
  Result list_apps_below(const Call& call, const std::string& group);
  Result create_app(const Call& call);
  Result change_apps(const Call& call, bool may_create);
  Result get_app(const Call& call, const std::string& id);
  Result put_app(const Call& call, const std::string& id, bool may_create);
  Result delete_app(const Call& call, const std::string& id);
  Result restart_app(const Call& call, const std::string& id);
  Result list_versions(const std::string& id);
  Result get_version(const std::string& id, const std::string& version);

  // api_tasks.cc
  Result list_app_tasks(const std::string& id);
  Result kill_app_tasks(const Call& call, const std::string& id);
  Result kill_app_task(const Call& call, const std::string& id, const std::string& task_id);
  Result list_tasks(const Call& call);
  Result kill_tasks(const Call& call);
  Result kill_all(const Call& call,
                  const std::vector<const Instance*>& victims,
                  http::Response otherwise);

  // api_groups.cc
  Result get_group(const Call& call, const std::string& id);
  Result put_group(const Call& call, const std::string& id);
  Result post_group(const Call& call, const std::string& base);
  Result delete_group(const Call& call, const std::string& id);

  // api_misc.cc
  Result list_deployments();
  Result cancel_deployment(const std::string& id);
  Result info();
  Result queue();

  // api_changes.cc: what every write goes through
  struct Change {
    App app;
    Action action;
  };
  ApiResult<Change> read_change(const boost::json::object& input,
                                const std::string& id,
                                const ServicePortSource& ports) const;
  ApiResult<void> check_lock(const Call& call,
                             const std::vector<std::string>& app_ids,
                             bool force_by_default = false) const;
  std::string deploy(std::vector<Change> changes);
  std::string undeploy(const std::vector<std::string>& app_ids);
  http::Response deployed(const std::string& deployment_id) const;

  Parts parts_;
  std::string leader_;
  VersionClock clock_;
};

/// The body of a request as JSON, or Marathon's 400.
ApiResult<boost::json::value> parse_body(const http::Request& request);
ApiResult<boost::json::object> parse_object(const http::Request& request);

tl::unexpected<ApiError> no_such_app(const std::string& id);

}  // namespace minimarathon
