#include <fmt/format.h>

#include "signpost/tour/chapters.h"
#include "signpost/tour/lab_app.h"
#include "signpost/wait.h"

namespace signpost {
namespace {

constexpr int kPort = 10080;
constexpr const char* kLabels = R"({"HAPROXY_GROUP": "external", "HAPROXY_0_PORT": "10080"})";

/// Two apps and one service port, which belongs to whoever has the labels.
class BlueGreen {
 public:
  explicit BlueGreen(const Cluster& cluster) : cluster_(cluster) {}

  Seen blue() {
    const auto posted = post("blue", "0.9", kLabels);
    if (!posted) return tl::unexpected(posted.error());
    if (!wait_until([] { return versions_at(kUrl, 1)["0.9"] == 1; }))
      return not_held(fmt::format("port {} does not answer", kPort));
    return fmt::format("/zdd/blue, version 0.9, answers at port {}", kPort);
  }

  Seen green() {
    const auto posted = post("green", "1.0", "{}");
    if (!posted) return tl::unexpected(posted.error());
    if (versions_at(kUrl, 50)["0.9"] != 50) return not_held("green answers already");
    return std::string("/zdd/green, version 1.0, runs beside it: 50 of 50 calls still reach blue");
  }

  /// The labels move: green gets them, then blue loses them.
  Seen cut_over() {
    Load load(kUrl);
    go_on(load, 200);
    for (const auto& [app, labels] : {std::pair{"green", kLabels}, std::pair{"blue", "{}"}}) {
      const auto moved = cluster_.deploy(
          "PUT", std::string("/v2/apps/zdd/") + app, fmt::format(R"({{"labels": {}}})", labels));
      if (!moved) return tl::unexpected(moved.error());
      if (!wait_until([] { return versions_at(kUrl, 20)["1.0"] > 0; }))
        return not_held("green does not answer");
    }
    if (!wait_until([] { return versions_at(kUrl, 50)["1.0"] == 50; }))
      return not_held("blue still answers");
    auto seen = unhurt(load.stop());
    if (seen) *seen += " while the labels moved; 50 of 50 calls reach green now";
    return seen;
  }

 private:
  static constexpr const char* kUrl = "http://127.0.0.1:10080/endpoint0";

  common::Expected<void> post(const std::string& name,
                              const std::string& version,
                              const std::string& labels) const {
    return cluster_.deploy(
        "POST",
        "/v2/apps",
        lab_app(
            {.id = "/zdd/" + name, .version = version, .labels = labels, .more = kHealthChecks}));
  }

  const Cluster& cluster_;
};

}  // namespace

Chapter blue_green(const Cluster& cluster) {
  return {"Lab DC/OS 104, zero-downtime deployments: blue-green",
          {{"blue", [&cluster] { return BlueGreen(cluster).blue(); }},
           {"green", [&cluster] { return BlueGreen(cluster).green(); }},
           {"cut over", [&cluster] { return BlueGreen(cluster).cut_over(); }}}};
}

}  // namespace signpost
