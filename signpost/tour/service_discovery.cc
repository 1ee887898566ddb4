#include <fmt/format.h>

#include <memory>
#include <utility>

#include "signpost/lookup.h"
#include "signpost/tour/chapters.h"
#include "signpost/wait.h"

namespace signpost {
namespace {

using common::ErrorCode;
using common::Expected;

class ServiceDiscovery {
 public:
  explicit ServiceDiscovery(const Cluster& cluster) : cluster_(cluster) {}

  Seen deploy() {
    const auto posted = cluster_.change("POST", "/v2/apps", sise_app(cluster_.places(), 1));
    if (!posted) return tl::unexpected(posted.error());
    if (!cluster_.await_tasks("/sise", 1)) return not_held("no task is running");
    return "POST /v2/apps: task " + *cluster_.tasks("/sise").begin() + " is running";
  }

  Seen resolve() {
    auto url = cluster_.vip_url("sise");
    if (!url) return url;
    url_ = std::move(*url);
    const auto endpoints = lookup_srv(cluster_.places().dns, srv_name());
    if (!endpoints || endpoints->empty()) return not_held(srv_name() + " does not resolve");
    return fmt::format("sise.marathon.l4lb.{} leads to {}, {} is {}:{}",
                       cluster_.places().dcos_domain,
                       url_,
                       srv_name(),
                       endpoints->front().host,
                       endpoints->front().port);
  }

  Seen call_vip() {
    const auto answer = call(url_);
    if (!answer) return tl::unexpected(answer.error());
    return url_ + ": " + answer->body;
  }

  Seen scale() {
    const auto scaled = cluster_.change("PUT", "/v2/apps/sise", R"({"instances": 3})");
    if (!scaled) return tl::unexpected(scaled.error());
    if (!wait_until([&] { return cluster_.count_srv(srv_name()) == 3; }))
      return not_held(fmt::format("{} SRV records instead of 3", cluster_.count_srv(srv_name())));
    return "3 SRV records at " + srv_name();
  }

  Seen spread() {
    std::set<std::string> answered;
    const bool all = wait_until([&] {
      const auto answer = call(url_);
      if (answer) answered.emplace(http::find_header(answer->headers, "X-Task-Id"));
      return answered.size() == 3;
    });
    if (!all) return not_held(fmt::format("only {} of 3 tasks answered", answered.size()));
    return "calls to one VIP were answered by 3 tasks";
  }

  Seen kill_task() {
    Load load(url_);
    go_on(load, 500);
    const std::string victim = *cluster_.tasks("/sise").begin();
    const auto killed = cluster_.change("DELETE", "/v2/apps/sise/tasks/" + victim);
    if (!killed) return tl::unexpected(killed.error());
    const bool replaced = wait_until([&] {
      const auto running = cluster_.tasks("/sise");
      return running.size() == 3 && running.count(victim) == 0;
    });
    if (!replaced) return not_held("the killed task was not replaced");
    go_on(load, 500);
    auto seen = unhurt(load.stop());
    if (seen) *seen += " while " + victim + " was killed and replaced";
    return seen;
  }

  Seen undeploy() {
    const auto deleted = cluster_.deploy("DELETE", "/v2/apps/sise");
    if (!deleted) return tl::unexpected(deleted.error());
    const bool gone = wait_until([&] {
      const auto endpoints = lookup_srv(cluster_.places().dns, srv_name());
      return !endpoints && endpoints.error().code == ErrorCode::NotFound;
    });
    if (!gone) return not_held(srv_name() + " still resolves");
    return srv_name() + " is gone";
  }

 private:
  std::string srv_name() const { return "_sise._tcp.marathon." + cluster_.places().mesos_domain; }

  const Cluster& cluster_;
  std::string url_;
};

}  // namespace

Chapter service_discovery(const Cluster& cluster) {
  const auto lab = std::make_shared<ServiceDiscovery>(cluster);
  return {"Lab DC/OS 103, service discovery",
          {{"deploy", [lab] { return lab->deploy(); }},
           {"resolve", [lab] { return lab->resolve(); }},
           {"call", [lab] { return lab->call_vip(); }},
           {"scale to 3", [lab] { return lab->scale(); }},
           {"spread", [lab] { return lab->spread(); }},
           {"kill a task", [lab] { return lab->kill_task(); }},
           {"undeploy", [lab] { return lab->undeploy(); }}}};
}

}  // namespace signpost
