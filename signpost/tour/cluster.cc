#include "signpost/tour/cluster.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "signpost/lookup.h"
#include "signpost/wait.h"

namespace signpost {
namespace {

namespace json = boost::json;
using common::Expected;

json::value parse(const Expected<http::Response>& answer) {
  if (!answer || answer->status != 200) return {};
  boost::system::error_code error;
  json::value document = json::parse(answer->body, error);
  return error ? json::value() : document;
}

}  // namespace

tl::unexpected<common::Error> not_held(std::string why) {
  return common::fail(common::ErrorCode::Unavailable, std::move(why));
}

Expected<void> Cluster::change(std::string_view method,
                               const std::string& path,
                               const std::string& body) const {
  const auto answer = send_json(method, places_.marathon + path, body);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status < 300) return {};
  return not_held(fmt::format("{} {}: {} {}", method, path, answer->status, answer->body));
}

std::set<std::string> Cluster::tasks(const std::string& app) const {
  std::set<std::string> ids;
  const json::value document = parse(call(places_.marathon + "/v2/apps" + app + "/tasks"));
  if (!document.is_object()) return ids;
  for (const json::value& task : document.at("tasks").as_array()) {
    if (task.at("state").as_string() == "TASK_RUNNING") ids.emplace(task.at("id").as_string());
  }
  return ids;
}

bool Cluster::await_tasks(const std::string& app, std::size_t count) const {
  return wait_until([&] { return tasks(app).size() == count; });
}

bool Cluster::is_deploying() const {
  const json::value deployments = parse(call(places_.marathon + "/v2/deployments"));
  return !deployments.is_array() || !deployments.as_array().empty();
}

Expected<void> Cluster::deploy(std::string_view method,
                               const std::string& path,
                               const std::string& body) const {
  auto changed = change(method, path, body);
  if (!changed) return changed;
  if (wait_until([this] { return !is_deploying(); })) return {};
  return not_held(path + " is still being deployed");
}

std::size_t Cluster::count_srv(const std::string& name) const {
  const auto endpoints = lookup_srv(places_.dns, name);
  return endpoints ? endpoints->size() : 0;
}

Expected<std::string> Cluster::vip_url(const std::string& name) const {
  const std::string owner = name + ".marathon.l4lb." + places_.dcos_domain;
  std::string url;
  const bool answers = wait_until([&] {
    const auto addresses = lookup_a(places_.dns, owner);
    if (!addresses || addresses->empty()) return false;
    url = fmt::format("http://{}:{}/endpoint0", addresses->front().to_string(), places_.vip_port());
    const auto answer = call(url);
    return answer && answer->status == 200;
  });
  if (!answers) return not_held(owner + " does not resolve and answer");
  return url;
}

std::string Cluster::vip_labels(const std::string& name) const {
  const std::string second = places_.low_ports ? "" : fmt::format(R"(, "VIP_1": "/{}:8000")", name);
  return fmt::format(R"({{"VIP_0": "/{}:80"{}}})", name, second);
}

Seen unhurt(const LoadReport& report) {
  if (report.failed == 0) return fmt::format("{} calls, 0 failed", report.calls);
  return not_held(fmt::format(
      "{} of {} calls failed, first: {}", report.failed, report.calls, report.first_failure));
}

void go_on(const Load& load, std::uint64_t calls) {
  const std::uint64_t target = load.calls() + calls;
  wait_until([&] { return load.calls() >= target; });
}

std::map<std::string, int> versions_at(const std::string& url, int calls) {
  std::map<std::string, int> versions;
  for (int i = 0; i < calls; ++i) {
    const json::value document = parse(call(url));
    const auto* version =
        document.is_object() ? document.as_object().if_contains("version") : nullptr;
    ++versions[version ? std::string(version->as_string()) : "none"];
  }
  return versions;
}

}  // namespace signpost
