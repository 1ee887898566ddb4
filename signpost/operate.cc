#include "signpost/operate.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <optional>
#include <string_view>
#include <utility>

#include "common/parse.h"
#include "signpost/admin_client.h"
#include "watcher/auth/secret_file.h"

namespace signpost {
namespace {

namespace json = boost::json;
using common::ErrorCode;
using common::Expected;
using common::fail;

Expected<json::object> change(const Desk& desk,
                              std::string_view method,
                              std::string_view path,
                              const json::object& body) {
  http::Request request;
  request.method = method;
  request.headers = {{"Content-Type", "application/json"}};
  if (!desk.token_file.empty()) {
    const auto token = watcher::auth::read_secret("--token-file", desk.token_file);
    if (!token) return tl::unexpected(token.error());
    request.headers.emplace_back("Authorization", "Bearer " + *token);
  }
  request.body = json::serialize(body);
  return ask_admin(desk, path, std::move(request));
}

std::string describe_pool(const json::object& pool) {
  const json::value& weight = pool.at("weight");
  return fmt::format(
      "  {:<30} weight {:<8} {} passing, {} failing, {} draining\n",
      text(pool, "pool"),
      weight.is_null()
          ? "-"
          : fmt::format("{} ({})", weight.to_number<std::uint64_t>(), text(pool, "weight_by")),
      number(pool, "passing"),
      number(pool, "failing"),
      number(pool, "draining"));
}

/// Weights that wait for a VIP that is not there.
std::string describe_gone(const json::object& vip) {
  std::string words = fmt::format("{}  gone; waits with", text(vip, "id"));
  for (const auto& [pool, weight] : vip.at("weights").as_object()) {
    words += fmt::format(
        " {}={}", std::string_view(pool.data(), pool.size()), weight.to_number<std::uint64_t>());
  }
  return words + "\n";
}

std::string describe_vip(const json::object& vip) {
  std::string words =
      fmt::format("{}  {}:{}\n", text(vip, "id"), text(vip, "address"), number(vip, "port"));
  for (const json::value& pool : vip.at("pools").as_array())
    words += describe_pool(pool.as_object());
  return words;
}

/// What is printed after a change.
Expected<std::string> shown(const Desk& desk, const Expected<json::object>& answer) {
  if (!answer) return tl::unexpected(answer.error());
  if (desk.as_json) return json::serialize(*answer) + "\n";
  const json::value* vip = answer->if_contains("vip");
  return vip == nullptr ? std::string("done\n") : describe_vip(vip->as_object());
}

/// "POOL=NUMBER"; a pool's name may hold '='.
std::optional<std::pair<std::string, double>> read_pair(const std::string& words) {
  const std::size_t equals = words.rfind('=');
  if (equals == std::string::npos || equals == 0) return std::nullopt;
  const auto number = common::parse_integer<std::int64_t>(words.substr(equals + 1));
  if (number) return std::pair(words.substr(0, equals), static_cast<double>(*number));
  char* end = nullptr;
  const double value = std::strtod(words.c_str() + equals + 1, &end);
  if (end == words.c_str() + equals + 1 || *end != '\0') return std::nullopt;
  return std::pair(words.substr(0, equals), value);
}

Expected<json::object> read_pairs(const std::vector<std::string>& all, std::string_view form) {
  json::object object;
  for (const std::string& words : all) {
    const auto pair = read_pair(words);
    if (!pair) return fail(ErrorCode::InvalidInput, fmt::format("'{}': expected {}", words, form));
    const auto whole = static_cast<std::int64_t>(pair->second);
    if (static_cast<double>(whole) == pair->second) {
      object[pair->first] = whole;
    } else {
      object[pair->first] = pair->second;
    }
  }
  return object;
}

std::string describe_rollout(const json::object& rollout) {
  const json::object& plan = rollout.at("plan").as_object();
  const std::string_view reason = text(rollout, "reason");
  const bool waits = rollout.contains("waits_for") && !text(rollout, "waits_for").empty();
  return fmt::format("{}  {} -> {}  {} % {}{}{}{}{}\n",
                     text(plan, "vip"),
                     text(plan, "from"),
                     text(plan, "to"),
                     number(rollout, "percent"),
                     text(rollout, "state"),
                     reason.empty() ? "" : ": ",
                     reason,
                     waits ? "; " : "",
                     waits ? text(rollout, "waits_for") : "");
}

std::string describe_drained(const json::object& answer) {
  std::string words;
  for (const json::value& backend : answer.at("backends").as_array()) {
    const json::object& one = backend.as_object();
    words += fmt::format("{:<30} {:<22} {:<9} {}\n",
                         text(one, "vip"),
                         text(one, "endpoint"),
                         text(one, "state"),
                         text(one, "task"));
  }
  if (words.empty()) words = "done; behind no virtual IP\n";
  for (const json::value& vip : answer.at("unserved").as_array()) {
    const json::string& id = vip.as_string();
    words += fmt::format("{} has no backend that takes clients\n", std::string_view(id));
  }
  return words;
}

}  // namespace

Expected<std::string> list_vips(const Desk& desk) {
  const auto answer = ask_admin(desk, "/v1/vips");
  if (!answer) return tl::unexpected(answer.error());
  if (desk.as_json) return json::serialize(*answer) + "\n";
  std::string words;
  for (const json::value& vip : answer->at("vips").as_array())
    words += describe_vip(vip.as_object());
  if (const json::value* gone = answer->if_contains("gone")) {
    for (const json::value& vip : gone->as_array()) words += describe_gone(vip.as_object());
  }
  return words.empty() ? "no virtual IPs\n" : words;
}

Expected<std::string> weigh(const Desk& desk,
                            const std::string& vip,
                            const std::vector<std::string>& weights,
                            const std::string& drain) {
  if (weights.empty()) return shown(desk, change(desk, "DELETE", "/v1/weights", {{"vip", vip}}));
  auto pools = read_pairs(weights, "POOL=WEIGHT");
  if (!pools) return tl::unexpected(pools.error());
  json::object body{{"vip", vip}, {"weights", std::move(*pools)}};
  if (!drain.empty()) body["drain"] = drain;
  return shown(desk, change(desk, "PUT", "/v1/weights", body));
}

Expected<std::string> switch_pool(const Desk& desk,
                                  const std::string& vip,
                                  const std::string& pool,
                                  const std::string& drain) {
  json::object body{{"vip", vip}, {"to", pool}};
  if (!drain.empty()) body["drain"] = drain;
  return shown(desk, change(desk, "POST", "/v1/switch", body));
}

Expected<std::string> list_drains(const Desk& desk) {
  const auto answer = ask_admin(desk, "/v1/drains");
  if (!answer) return tl::unexpected(answer.error());
  if (desk.as_json) return json::serialize(*answer) + "\n";
  std::string words;
  for (const json::value& drain : answer->at("drains").as_array()) {
    for (const auto& [kind, name] : drain.as_object()) {
      words +=
          fmt::format("{:<9} {}\n", std::string_view(kind), std::string_view(name.as_string()));
    }
  }
  return words.empty() ? "nothing is drained\n" : words;
}

Expected<std::string> drain(const Desk& desk,
                            const std::string& kind,
                            const std::string& name,
                            bool undo) {
  const auto answer = change(desk, undo ? "DELETE" : "PUT", "/v1/drains", {{kind, name}});
  if (!answer) return tl::unexpected(answer.error());
  return desk.as_json ? json::serialize(*answer) + "\n" : describe_drained(*answer);
}

Expected<std::string> start_rollout(const Desk& desk, const RolloutOptions& options) {
  auto guards = read_pairs(options.guards, "GUARD=NUMBER");
  if (!guards) return tl::unexpected(guards.error());
  json::object plan{{"vip", options.vip}, {"to", options.to}};
  if (!options.from.empty()) plan["from"] = options.from;
  if (!options.steps.empty()) plan["steps"] = json::value_from(options.steps);
  if (!options.pause.empty()) plan["pause"] = options.pause;
  if (!guards->empty()) plan["guards"] = std::move(*guards);
  if (options.scale) {
    json::object scale{{"delete_old", options.delete_old}};
    if (!options.scale_limit.empty()) scale["limit"] = options.scale_limit;
    plan["scale"] = std::move(scale);
  }
  return shown(desk, change(desk, "POST", "/v1/rollouts", plan));
}

Expected<std::string> rollout_status(const Desk& desk) {
  const auto answer = ask_admin(desk, "/v1/rollouts");
  if (!answer) return tl::unexpected(answer.error());
  if (desk.as_json) return json::serialize(*answer) + "\n";
  std::string words;
  for (const json::value& rollout : answer->at("rollouts").as_array()) {
    words += describe_rollout(rollout.as_object());
  }
  return words.empty() ? "no rollouts\n" : words;
}

Expected<std::string> steer_rollout(const Desk& desk,
                                    const std::string& verb,
                                    const std::string& vip) {
  return shown(desk, change(desk, "POST", "/v1/rollouts/" + verb, {{"vip", vip}}));
}

}  // namespace signpost
