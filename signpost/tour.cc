#include "signpost/tour.h"

#include <fmt/core.h>

#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <set>
#include <utility>
#include <vector>

#include "signpost/caller.h"
#include "signpost/lookup.h"
#include "signpost/wait.h"

namespace signpost {
namespace {

namespace json = boost::json;
using common::ErrorCode;
using common::Expected;

/// What a step saw, or why it does not hold.
using Seen = Expected<std::string>;

tl::unexpected<common::Error> not_held(std::string why) {
  return common::fail(ErrorCode::Unavailable, std::move(why));
}

class Tour {
 public:
  explicit Tour(const DemoPlaces& places) : places_(places) {}

  /// The lab, in its order.
  bool walk() {
    using Step = std::pair<const char*, Seen (Tour::*)()>;
    constexpr std::array<Step, 7> kSteps{{{"deploy", &Tour::deploy},
                                          {"resolve", &Tour::resolve},
                                          {"call", &Tour::call_vip},
                                          {"scale to 3", &Tour::scale},
                                          {"spread", &Tour::spread},
                                          {"kill a task", &Tour::kill_task},
                                          {"undeploy", &Tour::undeploy}}};
    fmt::print("Lab DC/OS 103, service discovery\n");
    for (const auto& [name, step] : kSteps) {
      const Seen seen = (this->*step)();
      fmt::print(
          "  {} {:<12} {}\n", seen ? "ok  " : "FAIL", name, seen ? *seen : seen.error().message);
      std::fflush(stdout);
      if (!seen) return false;
    }
    return true;
  }

 private:
  Seen deploy() {
    const auto posted = send_json("POST", app_url("/v2/apps"), sise_app(places_, 1));
    if (!posted) return not_held(posted.error().message);
    if (posted->status != 201) return not_held(posted->body);
    if (!wait_until([&] { return tasks().size() == 1; })) return not_held("no task is running");
    return "POST /v2/apps: 201, task " + *tasks().begin() + " is running";
  }

  Seen resolve() {
    const std::string vip_name = "sise.marathon.l4lb." + places_.dcos_domain;
    const bool found = wait_until([&] {
      const auto addresses = lookup_a(places_.dns, vip_name);
      if (addresses && !addresses->empty()) vip_ = addresses->front().to_string();
      return !vip_.empty();
    });
    if (!found) return not_held(vip_name + " does not resolve");
    const auto endpoints = lookup_srv(places_.dns, srv_name());
    if (!endpoints || endpoints->empty()) return not_held(srv_name() + " does not resolve");
    return fmt::format("{} is {}, {} is {}:{}",
                       vip_name,
                       vip_,
                       srv_name(),
                       endpoints->front().host,
                       endpoints->front().port);
  }

  Seen call_vip() {
    Expected<http::Response> answer = not_held("");
    wait_until([&] { return (answer = call(vip_url())) && answer->status == 200; });
    if (!answer) return not_held(answer.error().message);
    return vip_url() + ": " + answer->body;
  }

  Seen scale() {
    const auto scaled = send_json("PUT", app_url("/v2/apps/sise"), R"({"instances": 3})");
    if (!scaled || scaled->status != 200) return not_held("PUT /v2/apps/sise failed");
    std::size_t seen = 0;
    const bool all = wait_until([&] {
      const auto endpoints = lookup_srv(places_.dns, srv_name());
      seen = endpoints ? endpoints->size() : 0;
      return seen == 3;
    });
    if (!all) return not_held(fmt::format("{} SRV records instead of 3", seen));
    return "3 SRV records at " + srv_name();
  }

  Seen spread() {
    std::set<std::string> answered;
    const bool all = wait_until([&] {
      const auto answer = call(vip_url());
      if (answer) answered.emplace(http::find_header(answer->headers, "X-Task-Id"));
      return answered.size() == 3;
    });
    if (!all) return not_held(fmt::format("only {} of 3 tasks answered", answered.size()));
    return "calls to one VIP were answered by 3 tasks";
  }

  Seen kill_task() {
    Load load(vip_url());
    wait_until([&] { return load.calls() >= 500; });
    const std::string victim = *tasks().begin();
    http::Request request;
    request.method = "DELETE";
    const auto killed = call(app_url("/v2/apps/sise/tasks/" + victim), request);
    if (!killed || killed->status != 200) return not_held("DELETE of task " + victim + " failed");
    const bool replaced = wait_until([&] {
      const auto running = tasks();
      return running.size() == 3 && running.count(victim) == 0;
    });
    const std::uint64_t at_replacement = load.calls();
    wait_until([&] { return load.calls() >= at_replacement + 500; });
    const LoadReport report = load.stop();
    if (!replaced) return not_held("the killed task was not replaced");
    if (report.failed > 0) {
      return not_held(fmt::format(
          "{} of {} calls failed, first: {}", report.failed, report.calls, report.first_failure));
    }
    return fmt::format("{} calls while {} was killed and replaced, 0 failed", report.calls, victim);
  }

  Seen undeploy() {
    http::Request request;
    request.method = "DELETE";
    const auto deleted = call(app_url("/v2/apps/sise"), request);
    if (!deleted || deleted->status != 200) return not_held("DELETE /v2/apps/sise failed");
    const bool gone = wait_until([&] {
      const auto endpoints = lookup_srv(places_.dns, srv_name());
      return !endpoints && endpoints.error().code == ErrorCode::NotFound;
    });
    if (!gone) return not_held(srv_name() + " still resolves");
    return srv_name() + " is gone";
  }

  std::string app_url(const std::string& path) const { return places_.marathon + path; }
  std::string srv_name() const { return "_sise._tcp.marathon." + places_.mesos_domain; }
  std::string vip_url() const {
    return fmt::format("http://{}:{}/endpoint0", vip_, places_.vip_port());
  }

  /// Ids of the app's running tasks.
  std::set<std::string> tasks() const {
    std::set<std::string> ids;
    const auto answer = call(app_url("/v2/apps/sise/tasks"));
    if (!answer || answer->status != 200) return ids;
    boost::system::error_code error;
    const json::value document = json::parse(answer->body, error);
    if (error) return ids;
    for (const json::value& task : document.at("tasks").as_array()) {
      if (task.at("state").as_string() == "TASK_RUNNING") ids.emplace(task.at("id").as_string());
    }
    return ids;
  }

  const DemoPlaces& places_;
  std::string vip_;
};

}  // namespace

bool tour(const DemoPlaces& places) { return Tour(places).walk(); }

}  // namespace signpost
