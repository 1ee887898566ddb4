#include <fmt/format.h>

#include <cmath>

#include "signpost/tour/chapters.h"
#include "signpost/tour/lab_app.h"
#include "signpost/wait.h"

namespace signpost {
namespace {

constexpr const char* kName = "canary";

common::Expected<void> post(const Cluster& cluster,
                            const std::string& name,
                            int instances,
                            int weight,
                            const std::string& version) {
  return cluster.deploy("POST",
                        "/v2/apps",
                        lab_app({.id = "/zdd/" + name,
                                 .version = version,
                                 .port_labels = cluster.vip_labels(kName),
                                 .labels = fmt::format(R"({{"SIGNPOST_WEIGHT": "{}"}})", weight),
                                 .instances = instances,
                                 .more = kHealthChecks}));
}

/// Three instances of the old version and one of the new share 80 to 20, because they are told to.
Seen share(const Cluster& cluster) {
  for (const auto& posted :
       {post(cluster, "stable", 3, 80, "0.9"), post(cluster, "canary", 1, 20, "1.0")}) {
    if (!posted) return tl::unexpected(posted.error());
  }
  auto url = cluster.vip_url(kName);
  if (!url) return url;
  if (!wait_until([&] { return versions_at(*url, 20)["1.0"] > 0; }))
    return not_held("the canary does not answer");
  constexpr int kCalls = 1000;
  const int hits = versions_at(*url, kCalls)["1.0"];
  const std::string seen =
      fmt::format("{} of {} calls reached 1 canary beside 3 of version 0.9", hits, kCalls);
  const double error = 4 * std::sqrt(kCalls * 0.2 * 0.8);
  if (std::abs(hits - kCalls * 0.2) > error) return not_held(seen);
  return seen;
}

Seen clean_up(const Cluster& cluster) {
  const auto deleted = cluster.deploy("DELETE", "/v2/groups/zdd");
  if (!deleted) return tl::unexpected(deleted.error());
  return std::string("DELETE /v2/groups/zdd: nothing is left");
}

}  // namespace

Chapter canary(const Cluster& cluster) {
  return {"Lab DC/OS 104, zero-downtime deployments: canary",
          {{"80 to 20", [&cluster] { return share(cluster); }},
           {"undeploy", [&cluster] { return clean_up(cluster); }}}};
}

}  // namespace signpost
