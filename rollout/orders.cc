#include "rollout/orders.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "common/parse.h"
#include "watcher/follow/json.h"
#include "watcher/marathon/path.h"

namespace rollout {
namespace {

namespace bj = boost::json;
namespace json = watcher::json;
using common::Expected;
using Kind = Order::Kind;

constexpr std::string_view kTargetLabel = "HAPROXY_DEPLOYMENT_TARGET_INSTANCES";

http::Request make(std::string method, std::string target) {
  return {.method = std::move(method),
          .target = std::move(target),
          .headers = {{"Accept", "application/json"}},
          .body = {}};
}

http::Request make(std::string method, std::string target, const bj::object& body) {
  http::Request request = make(std::move(method), std::move(target));
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = bj::serialize(body);
  return request;
}

/// What Marathon says for people, or all it says.
std::string message_of(const http::Response& answer) {
  std::string words;
  const auto read = json::with_object(answer.body, [&](const json::Object& body) {
    words = json::text(body, "message");
    return Expected<void>();
  });
  if (!read || words.empty()) words = answer.body.substr(0, 200);
  return fmt::format("it answers {} {}", answer.status, words);
}

Outcome read_app(const http::Response& answer) {
  Outcome outcome{Outcome::Kind::Failed, "its answer tells of no instances"};
  (void)json::with_object(answer.body, [&](const json::Object& body) {
    const json::Object* app = json::member(body, "app");
    const auto instances = app == nullptr ? std::nullopt : json::number(*app, "instances");
    if (!instances || !(*instances >= 0) || *instances > 1e6) return Expected<void>();
    const watcher::Labels labels = json::labels(*app, "labels");
    const std::string* target = watcher::find_label(labels, kTargetLabel);
    outcome = {.app = App{static_cast<std::uint32_t>(*instances)}};
    if (target != nullptr) {
      outcome.app->target_instances = common::parse_integer<std::uint32_t>(*target);
    }
    return Expected<void>();
  });
  return outcome;
}

Outcome::Kind kind_of(int status) {
  if (status == 404) return Outcome::Kind::Absent;
  if (status == 409) return Outcome::Kind::Locked;
  const bool refused = status >= 400 && status < 500 && status != 408 && status != 429;
  return refused ? Outcome::Kind::Refused : Outcome::Kind::Failed;
}

}  // namespace

std::string describe(const Order& order) {
  switch (order.kind) {
    case Kind::Look:
      return "look at " + order.app;
    case Kind::Scale:
      return fmt::format("scale {} to {}", order.app, order.instances);
    case Kind::Kill:
      return fmt::format("kill {} of {}", fmt::join(order.tasks, ","), order.app);
    case Kind::Delete:
      return "delete " + order.app;
  }
  return "";
}

http::Request request_of(const Order& order) {
  const std::string app = "/v2/apps" + watcher::marathon::url_encode(order.app);
  switch (order.kind) {
    case Kind::Look:
      return make("GET", app);
    case Kind::Scale:
      return make("PUT", app, {{"instances", order.instances}});
    case Kind::Kill:
      return make("POST", "/v2/tasks/delete?scale=true", {{"ids", bj::value_from(order.tasks)}});
    case Kind::Delete:  // The one call that is forced unless told otherwise.
      return make("DELETE", app + "?force=false");
  }
  return {};
}

Outcome outcome_of(const Order& order, const watcher::Answer& answer) {
  if (!answer) {
    const bool refused = answer.error().code == common::ErrorCode::NotPermitted;
    return {refused ? Outcome::Kind::Refused : Outcome::Kind::Failed, answer.error().message};
  }
  if (answer->status < 200 || answer->status > 299) {
    return {kind_of(answer->status), message_of(*answer)};
  }
  return order.kind == Kind::Look ? read_app(*answer) : Outcome{};
}

}  // namespace rollout
