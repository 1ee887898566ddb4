#pragma once

#include <boost/json/fwd.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "minimarathon/api_error.h"
#include "minimarathon/dependencies.h"
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
    const std::string& leader;  // host:port; settled before the first request.
    bool task_killing = false;  // Whether the feature is on.
  };
  explicit Api(const Parts& parts) : parts_(parts) {}

  void handle(const http::Request& request, const std::shared_ptr<http::Responder>& responder);

 private:
  using Result = ApiResult<http::Response>;
  struct Call {
    const http::Request& request;
    std::string client;

    bool reads() const { return request.method == "GET" || request.method == "HEAD"; }
    bool flag(std::string_view name, bool otherwise = false) const;
  };

  Result route(const Call& call);
  Result route_apps(const Call& call, std::string_view path);
  Result route_app_part(const Call& call, std::string_view path);
  Result route_groups(const Call& call, const std::string& id);

  // api_apps.cc
  Result list_apps(const Call& call);
  Result list_apps_below(const Call& call, const std::string& group);
  Result create_app(const Call& call);
  Result change_apps(const Call& call);
  Result get_app(const Call& call, const std::string& id);
  Result change_app(const Call& call, const std::string& id);
  Result delete_app(const Call& call, const std::string& id);
  Result restart_app(const Call& call, const std::string& id);
  Result list_versions(const std::string& id);
  Result get_version(const std::string& id, const std::string& version);
  boost::json::array describe_apps(const std::vector<AppPtr>& apps, const Call& call) const;

  // api_tasks.cc
  Result list_app_tasks(const Call& call, const std::string& id);
  Result kill_app_tasks(const Call& call, const std::string& id);
  Result kill_app_task(const Call& call, const std::string& id, const std::string& task_id);
  Result list_tasks(const Call& call);
  Result kill_tasks(const Call& call);
  Result kill_all(const Call& call, const Instances& victims, http::Response answer);
  Result kill_and_scale(const Call& call, const Instances& victims);

  // api_groups.cc
  Result get_group(const Call& call, const std::string& id);
  Result change_group(const Call& call, const std::string& id);
  Result scale_group(const Call& call, const std::string& id, double factor);
  Result create_group(const Call& call, const std::string& base);
  Result delete_group(const Call& call, const std::string& id);
  boost::json::object describe_group(const std::string& id, const Call& call) const;

  // api_misc.cc
  Result ping(const Call& call);
  Result leader();
  Result list_deployments();
  Result cancel_deployment(const Call& call, const std::string& id);
  Result info();
  Result queue();

  // api_changes.cc: what every write goes through
  enum class Mode : std::uint8_t { Overlay, Replace };
  struct AppChange {
    App app;
    Action action;
    AppPtr before;  // Null when it is new.

    bool is_none() const { return action == Action::Scale && app.instances == before->instances; }
  };
  /// Apps that are written and apps that go, in one deployment.
  struct Changes {
    std::vector<AppChange> apps{};
    std::vector<AppPtr> gone{};
    Needs group_needs{};  // Of groups that say what they depend on.

    std::vector<std::string> ids() const;
  };
  struct Deployed {
    std::string id;
    std::string version;
  };
  ApiResult<AppChange> read_change(const boost::json::object& input,
                                   const std::string& id,
                                   Mode mode,
                                   const ServicePortSource& ports) const;
  ApiResult<void> check_dependencies(const Changes& changes) const;
  ApiResult<void> check_lock(const std::vector<std::string>& app_ids, bool force) const;
  /// The checks above and deploy().
  ApiResult<Deployed> try_deploy(const Call& call, Changes changes);
  Deployed deploy(Changes changes);
  void rank(std::vector<Deployment::Part>& parts) const;
  Changes reverse(const Deployment& deployment) const;
  void announce_groups(const Changes& changes, const std::string& version);

  AppView view_of(const std::string& app_id) const;

  Parts parts_;
  VersionClock clock_;
};

inline constexpr std::string_view kSameIdentifier =
    "Groups and Applications may not have the same identifier.";

/// The body of a request as JSON, or Marathon's 400.
ApiResult<boost::json::value> parse_body(const http::Request& request);
ApiResult<boost::json::object> parse_object(const http::Request& request);

http::Response json_answer(const boost::json::value& body, int status = 200);
http::Response deployment_answer(const std::string& id, const std::string& version);

tl::unexpected<ApiError> no_such_app(const std::string& id);
tl::unexpected<ApiError> no_such_group(const std::string& id);

}  // namespace minimarathon
