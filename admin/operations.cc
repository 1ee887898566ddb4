#include "admin/operations.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "admin/drains.h"
#include "admin/vips.h"
#include "rollout/drained.h"
#include "rollout/text.h"
#include "watcher/auth/secret_file.h"
#include "watcher/follow/json.h"
#include "watcher/vips/port_options.h"

namespace admin {
namespace {

namespace bj = boost::json;
namespace json = watcher::json;
using common::ErrorCode;
using common::Expected;
using common::fail;
using rollout::Conductor;
using watcher::VipId;

auto now() { return std::chrono::steady_clock::now(); }

Expected<watcher::PoolWeights> read_weights(const json::Object& body) {
  const json::Object* pools = json::member(body, "weights");
  if (pools == nullptr || pools->empty()) {
    return fail(ErrorCode::InvalidInput, "weights: expected an object of pools and numbers");
  }
  watcher::PoolWeights weights;
  for (const auto& member : *pools) {
    const bj::value& value = member.value();
    const std::string pool(member.key());
    const std::int64_t* weight = value.if_int64();
    if (weight == nullptr || *weight < 0 || *weight > watcher::kMaxWeight) {
      return fail(
          ErrorCode::InvalidInput,
          fmt::format(
              "weights.{}: expected a whole number from 0 to {}", pool, watcher::kMaxWeight));
    }
    weights[pool] = static_cast<std::uint32_t>(*weight);
  }
  return weights;
}

Expected<config::DrainRule> read_drain(const json::Object& body) {
  const json::Value* value = json::find(body, "drain");
  if (value == nullptr) return config::DrainRule{};
  const auto rule = watcher::parse_drain(json::as_text(*value));
  if (rule) return *rule;
  return fail(ErrorCode::InvalidInput, "drain: expected keep, wait, close or a duration like 30s");
}

using What = decltype(Call::what);

Expected<What> read_weigh(const VipId& vip, const json::Object& body) {
  auto weights = read_weights(body);
  if (!weights) return tl::unexpected(weights.error());
  auto at_rest = read_drain(body);
  if (!at_rest) return tl::unexpected(at_rest.error());
  return [weights = watcher::Weights{vip, std::move(*weights), *at_rest}](Conductor& conductor) {
    return conductor.weigh(weights);
  };
}

Expected<What> read_unweigh(const VipId& vip, const json::Object&) {
  return [vip](Conductor& conductor) { return conductor.weigh({vip, {}}); };
}

Expected<What> read_switch(const VipId& vip, const json::Object& body) {
  auto at_rest = read_drain(body);
  if (!at_rest) return tl::unexpected(at_rest.error());
  return [vip, to = std::string(json::text(body, "to")), rule = *at_rest](Conductor& conductor) {
    return conductor.switch_to(vip, to, rule);
  };
}

Expected<What> read_start(const VipId&, const json::Object& body) {
  auto plan = rollout::read_plan(body);
  if (!plan) return tl::unexpected(plan.error());
  return [plan = std::move(*plan)](Conductor& conductor) { return conductor.start(plan, now()); };
}

template <auto kVerb>
Expected<What> read_verb(const VipId& vip, const json::Object&) {
  return [vip](Conductor& conductor) { return (conductor.*kVerb)(vip, now()); };
}

using ReadVipCall = Expected<What> (*)(const VipId& vip, const json::Object& body);

/// The VIP as it is now.
bj::object shown_vip(const VipId& id, const watcher::Snapshot& snapshot) {
  const watcher::VipPtr* known = snapshot.vips.find(id);
  bj::object body{{"generation", snapshot.generation}};
  if (known != nullptr) body["vip"] = describe_pools(**known);
  return body;
}

template <ReadVipCall kRead>
Expected<Call> about_vip(const json::Object& body) {
  const auto vip = rollout::read_vip(body);
  if (!vip) return tl::unexpected(vip.error());
  auto what = kRead(*vip, body);
  if (!what) return tl::unexpected(what.error());
  return Call{std::move(*what), [vip = *vip](const auto& now) { return shown_vip(vip, now); }};
}

template <auto kVerb>
Expected<Call> about_drain(const json::Object& body) {
  const auto drain = read_drain_of(body);
  if (!drain) return tl::unexpected(drain.error());
  return Call{[drain = *drain](Conductor& conductor) { return (conductor.*kVerb)(drain); },
              [drain = *drain](const auto& now) {
                return describe_drained(rollout::known_as(drain, now), now);
              }};
}

struct Row {
  std::string_view method;
  std::string_view path;
  Expected<Call> (*read)(const json::Object& body);
  bool needs_proxies = true;
};
constexpr std::array<Row, 9> kRows{
    {{"PUT", "/v1/weights", about_vip<read_weigh>},
     {"DELETE", "/v1/weights", about_vip<read_unweigh>},
     {"POST", "/v1/switch", about_vip<read_switch>},
     {"POST", "/v1/rollouts", about_vip<read_start>},
     {"POST", "/v1/rollouts/pause", about_vip<read_verb<&Conductor::pause>>},
     {"POST", "/v1/rollouts/resume", about_vip<read_verb<&Conductor::resume>>},
     {"POST", "/v1/rollouts/abort", about_vip<read_verb<&Conductor::abort>>},
     {"PUT", "/v1/drains", about_drain<&Conductor::drain>, false},
     {"DELETE", "/v1/drains", about_drain<&Conductor::undrain>, false}}};

bool is_offered(const Row& row, const Operations& operations) {
  return operations.served || !row.needs_proxies;
}

const Row* find_row(const http::Request& request) {
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& known) {
    return known.method == request.method && known.path == request.path();
  });
  return row == kRows.end() ? nullptr : &*row;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::NotFound:
      return 404;
    case ErrorCode::Conflict:
      return 409;
    case ErrorCode::NotPermitted:
      return 403;
    case ErrorCode::Unavailable:
    case ErrorCode::Timeout:
      return 503;
    case ErrorCode::InvalidInput:
      break;
  }
  return 400;
}

bool is_same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace

bool is_call(const Operations& operations, const http::Request& request) {
  const Row* row = find_row(request);
  return row != nullptr && is_offered(*row, operations);
}

std::vector<std::pair<std::string_view, std::string_view>> calls(const Operations& operations) {
  std::vector<std::pair<std::string_view, std::string_view>> all;
  for (const Row& row : kRows) {
    if (is_offered(row, operations)) all.emplace_back(row.method, row.path);
  }
  return all;
}

Expected<Call> read_call(const http::Request& request) {
  const Row& row = *find_row(request);
  Expected<Call> call;
  const auto parsed = json::with_object(request.body, [&](const json::Object& body) {
    call = row.read(body);
    return Expected<void>();
  });
  if (parsed) return call;
  return fail(ErrorCode::InvalidInput, "the body is no JSON object: " + parsed.error().message);
}

std::optional<http::Response> refuse_stranger(const http::Request& request,
                                              const std::string& token_file) {
  if (token_file.empty()) {
    return error_response(
        {ErrorCode::NotPermitted, "nothing can be changed here: admin.token_file is not set"});
  }
  const auto token = watcher::auth::read_secret("admin.token_file", token_file);
  if (!token) return error_response({ErrorCode::Unavailable, token.error().message});
  if (is_same(http::find_header(request.headers, "Authorization"), "Bearer " + *token)) return {};
  auto refused = http::json_response(
      401,
      R"({"error":"this call needs the header Authorization: Bearer TOKEN, with the token of admin.token_file"})");
  refused.headers.emplace_back("WWW-Authenticate", "Bearer");
  return refused;
}

http::Response answer(const Expected<void>& done,
                      const Call& call,
                      const watcher::Snapshot& snapshot) {
  if (!done) return error_response(done.error());
  return http::json_response(200, bj::serialize(call.shown(snapshot)));
}

http::Response error_response(const common::Error& error) {
  return http::json_response(status_of(error.code),
                             bj::serialize(bj::object{{"error", error.message}}));
}

}  // namespace admin
