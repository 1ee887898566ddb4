#include "signpost/look.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string_view>

#include "http/percent_encode.h"
#include "signpost/admin_client.h"
#include "signpost/explain_words.h"
#include "signpost/output.h"
#include "watcher/vips/vip.h"

namespace signpost {
namespace {

namespace json = boost::json;
using common::Expected;

Expected<json::object> ask_why(const Desk& desk, std::string_view key, const std::string& value) {
  return ask_admin(desk, fmt::format("/v1/explain?{}={}", key, http::percent_encode(value)));
}

bool is_health_good(const json::object& task) {
  return text(task, "health") == "none" || text(task, "health") == "passing";
}

bool is_passing(const json::object& task) {
  const json::array& ports = task.at("ports").as_array();
  if (ports.empty()) {
    return text(task, "state") == "running" && task.at("ready").as_bool() && is_health_good(task);
  }
  return std::all_of(ports.begin(), ports.end(), [](const json::value& port) {
    return port.at("passing").as_bool();
  });
}

std::string ids_of(const json::object& service) {
  std::string ids;
  for (const json::value& vip : service.at("vips").as_array()) {
    ids += (ids.empty() ? "" : " ") + std::string(text(vip.as_object(), "id"));
  }
  return ids.empty() ? "-" : ids;
}

std::string describe_services(const json::object& all) {
  Table table({"SERVICE", "FRAMEWORK", "TASKS", "RUNNING", "PASSING", "VIPS"});
  for (const json::value& value : all.at("services").as_array()) {
    const json::object& service = value.as_object();
    const json::array& tasks = service.at("tasks").as_array();
    const auto count = [&tasks](auto is_so) {
      return std::to_string(std::count_if(tasks.begin(), tasks.end(), [&](const json::value& task) {
        return is_so(task.as_object());
      }));
    };
    const auto is_running = [](const json::object& task) {
      return text(task, "state") == "running";
    };
    table.add({std::string(text(service, "app")),
               std::string(text(service, "framework")),
               std::to_string(tasks.size()),
               count(is_running),
               count(is_passing),
               ids_of(service)});
  }
  return table.empty() ? "no services\n" : table.text();
}

}  // namespace

Expected<std::string> list_services(const Desk& desk) {
  const auto answer = ask_admin(desk, "/v1/services");
  if (!answer) return tl::unexpected(answer.error());
  return desk.as_json ? json::serialize(*answer) + "\n" : describe_services(*answer);
}

Expected<std::string> list_endpoints(const Desk& desk, const std::string& service) {
  const auto answer = ask_why(desk, "service", service);
  if (!answer) return tl::unexpected(answer.error());
  return desk.as_json ? json::serialize(*answer) + "\n" : endpoints_in_words(*answer);
}

Expected<std::string> explain(const Desk& desk, const std::string& what, const std::string& type) {
  const bool is_vip = watcher::VipId::parse(what).has_value();
  const std::string wanted = type.empty() ? usual_type(what) : type;
  const auto answer = is_vip ? ask_why(desk, "vip", what)
                             : ask_admin(desk,
                                         fmt::format("/v1/explain?name={}&type={}",
                                                     http::percent_encode(what),
                                                     http::percent_encode(wanted)));
  if (!answer) return tl::unexpected(answer.error());
  if (desk.as_json) return json::serialize(*answer) + "\n";
  return is_vip ? vip_in_words(*answer) : name_in_words(*answer);
}

std::string usual_type(const std::string& name) { return name.starts_with('_') ? "SRV" : "A"; }

}  // namespace signpost
