#pragma once

#include <string>
#include <vector>

#include "rollout/plan.h"

namespace rollout::testing {

inline watcher::VipId web() { return *watcher::VipId::parse("web.marathon:80"); }

/// A backend of a pool; each call another endpoint.
inline watcher::Backend backend(const std::string& app,
                                watcher::BackendState state = watcher::BackendState::Passing) {
  static std::uint16_t port = 1000;
  watcher::Backend made;
  made.endpoint = *common::SocketAddress::parse("10.0.0.1:" + std::to_string(++port));
  made.app = app;
  made.state = state;
  return made;
}

/// web.marathon:80 with these backends.
inline watcher::Vip vip(std::vector<watcher::Backend> backends) {
  watcher::Vip made;
  made.id = web();
  made.backends = std::move(backends);
  return made;
}

inline Plan plan() { return {.vip = web(), .to = "/green"}; }

/// As completed for a VIP with the pools /blue and /green.
inline Plan whole_plan() {
  const watcher::Vip both = vip({backend("/blue"), backend("/green")});
  return *complete(plan(), &both);
}

/// A pool of two that answered all of so many sessions at once.
inline Figures good(std::uint64_t sessions) {
  return {.attempts = sessions, .sessions = sessions, .answered = sessions, .backends = 2};
}

}  // namespace rollout::testing
