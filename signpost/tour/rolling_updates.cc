#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "signpost/tour/chapters.h"
#include "signpost/tour/lab_app.h"
#include "signpost/wait.h"

namespace signpost {
namespace {

/// The lab's four: what each app has beside its image and its four instances.
struct Rollout {
  const char* step;
  const char* name;
  const char* rules;
};
constexpr std::array<Rollout, 4> kRollouts{{
    {"default", "base", ""},
    {"health checks", "base-health", kHealthChecks},
    {"readiness", "base-ready", R"(, "readinessChecks": [{"protocol": "HTTP", "path": "/health",
        "portName": "main-api", "intervalSeconds": 1, "timeoutSeconds": 10}])"},
    {"min/over", "base-min-over", R"(, "upgradeStrategy": {"minimumHealthCapacity": 0.25,
        "maximumOverCapacity": 0.25}, "healthChecks": [{"protocol": "HTTP", "path": "/health",
        "gracePeriodSeconds": 300, "intervalSeconds": 1, "timeoutSeconds": 20}])"},
}};

/// The most tasks there were at a time until all is deployed.
std::size_t most_tasks_until_deployed(const Cluster& cluster, const std::string& app) {
  std::size_t most = 0;
  wait_until([&] {
    most = std::max(most, cluster.tasks(app).size());
    return !cluster.is_deploying();
  });
  return most;
}

Seen roll(const Cluster& cluster, const Rollout& rollout) {
  const std::string id = std::string("/zdd/") + rollout.name;
  const std::string vip = cluster.vip_labels(rollout.name);
  const auto app = [&](const char* version) {
    return lab_app({.id = id, .version = version, .port_labels = vip, .more = rollout.rules});
  };
  const auto posted = cluster.deploy("POST", "/v2/apps", app("0.9"));
  if (!posted) return tl::unexpected(posted.error());
  auto url = cluster.vip_url(rollout.name);
  if (!url) return url;
  Load load(*url);
  go_on(load, 200);
  const auto changed = cluster.change("PUT", "/v2/apps" + id, app("1.0"));
  if (!changed) return tl::unexpected(changed.error());
  const std::size_t most = most_tasks_until_deployed(cluster, id);
  if (!wait_until([&] { return versions_at(*url, 20)["1.0"] == 20; }))
    return not_held("version 0.9 still answers");
  auto seen = unhurt(load.stop());
  if (!seen) return seen;
  const auto deleted = cluster.deploy("DELETE", "/v2/apps" + id);
  if (!deleted) return tl::unexpected(deleted.error());
  return fmt::format("{} from 0.9 to 1.0: {}; {} tasks at a time at most", id, *seen, most);
}

}  // namespace

Chapter rolling_updates(const Cluster& cluster) {
  Chapter chapter{"Lab DC/OS 104, zero-downtime deployments: rolling", {}};
  for (const Rollout& rollout : kRollouts) {
    chapter.steps.push_back(
        {rollout.step, [&cluster, &rollout] { return roll(cluster, rollout); }});
  }
  return chapter;
}

}  // namespace signpost
