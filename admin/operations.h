#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/published.h"
#include "common/result.h"
#include "http/message.h"
#include "rollout/conductor.h"
#include "watcher/catalog/catalog.h"

namespace admin {

/// What can be changed through the API: each call is carried out on the control thread, which then
/// calls `done`. Not while one of them runs may the server die.
struct Operations {
  using Done = std::function<void(common::Expected<void>)>;
  std::function<void(std::function<common::Expected<void>(rollout::Conductor&)> what, Done)> run;
  const common::Published<rollout::Rollouts>& rollouts;
  /// The generation that the proxies have taken over; none where there are no proxies, and then
  /// nothing about VIPs can be changed.
  std::function<std::uint64_t()> served = {};
};

// clang-format off
/// A call that changes something, by its method and path: what it asks for, or the answer that
/// refuses it. Errors are JSON: {"error": "..."}.
///
///   PUT    /v1/weights          {"vip": "web.marathon:80", "weights": {"/blue": 80, "/green": 20}}
///   DELETE /v1/weights          {"vip": "web.marathon:80"}: labels decide again
///   POST   /v1/switch           {"vip": "web.marathon:80", "to": "/green"}
///                               both with "drain": "30s" (or wait, close, keep) if so: what becomes
///                               of the connections to pools of weight 0
///   POST   /v1/rollouts         as rollout::read_plan() has it
///   POST   /v1/rollouts/{verb}  {"vip": "web.marathon:80"}; pause, resume or abort
///   PUT    /v1/drains           {"task": ID}, {"agent": NAME, ID or ADDRESS} or
///                               {"endpoint": "ADDRESS:PORT"}: it takes no new clients
///   DELETE /v1/drains           the same: it does again
// clang-format on
struct Call {
  std::function<common::Expected<void>(rollout::Conductor&)> what;
  /// The answer once it is done: what it was about, as it is now.
  std::function<boost::json::object(const watcher::Snapshot&)> shown;
};
bool is_call(const Operations& operations, const http::Request& request);
common::Expected<Call> read_call(const http::Request& request);
/// Method and path of each that can be called.
std::vector<std::pair<std::string_view, std::string_view>> calls(const Operations& operations);

/// Refuses whoever does not bear the token of `token_file`: nothing when it is the right one. The
/// file is read anew each time, so that a token can be changed.
std::optional<http::Response> refuse_stranger(const http::Request& request,
                                              const std::string& token_file);

http::Response answer(const common::Expected<void>& done,
                      const Call& call,
                      const watcher::Snapshot& snapshot);

http::Response error_response(const common::Error& error);

}  // namespace admin
