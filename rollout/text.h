#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "rollout/plan.h"
#include "rollout/rollout.h"

/// Plans and rollouts as JSON: in the API, and on disk between two runs.
namespace rollout {

/// The member "vip": "web.marathon:80". Errors: InvalidInput.
common::Expected<watcher::VipId> read_vip(const boost::json::object& object);

/// {"vip": "web.marathon:80", "to": "/green", "from": "/blue", "steps": [5, 20], "pause": "60s",
/// "guards": {"errors": 0.01}, "scale": {"delete_old": true, "limit": "300s"}}; all but vip and to
/// may be left out.
/// Errors: InvalidInput, naming the member.
common::Expected<Plan> read_plan(const boost::json::object& object);

/// The plan with state, stage, percent and reason.
boost::json::object describe(const Rollout& rollout);

std::string print(const std::vector<Rollout>& rollouts);

common::Expected<std::vector<Stored>> read(std::string_view text);

}  // namespace rollout
