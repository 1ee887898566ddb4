#pragma once

#include <string>
#include <vector>

#include "common/result.h"
#include "signpost/desk.h"

/// Commands that show and change what a running Signpost does with VIPs, through its API.
namespace signpost {

struct RolloutOptions {
  std::string vip;
  std::string to;
  std::string from;
  std::vector<int> steps;
  std::string pause;
  std::vector<std::string> guards;  // "errors=0.01"
  bool scale = false;
  bool delete_old = false;
  std::string scale_limit;
};

/// Each returns what is to be printed. Errors: those of the API, in its words.
common::Expected<std::string> list_vips(const Desk& desk);
/// weights  "POOL=NUMBER" each; none: labels decide again
/// drain    what becomes of connections to pools of weight 0; empty: they are kept
common::Expected<std::string> weigh(const Desk& desk,
                                    const std::string& vip,
                                    const std::vector<std::string>& weights,
                                    const std::string& drain);
common::Expected<std::string> switch_pool(const Desk& desk,
                                          const std::string& vip,
                                          const std::string& pool,
                                          const std::string& drain);
common::Expected<std::string> start_rollout(const Desk& desk, const RolloutOptions& options);
common::Expected<std::string> rollout_status(const Desk& desk);
/// What the operator drains.
common::Expected<std::string> list_drains(const Desk& desk);
/// kind  task, agent or endpoint
/// undo  it takes clients again
common::Expected<std::string> drain(const Desk& desk,
                                    const std::string& kind,
                                    const std::string& name,
                                    bool undo);
/// verb  pause, resume or abort
common::Expected<std::string> steer_rollout(const Desk& desk,
                                            const std::string& verb,
                                            const std::string& vip);

}  // namespace signpost
