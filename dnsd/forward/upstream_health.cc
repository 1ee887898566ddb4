#include "dnsd/forward/upstream_health.h"

#include <algorithm>
#include <cassert>

namespace dnsd {

using Duration = UpstreamHealth::Duration;

std::size_t UpstreamHealth::choose(std::span<const std::size_t> candidates,
                                   std::span<const std::size_t> asked,
                                   TimePoint now,
                                   std::uint64_t random) const {
  assert(!candidates.empty());
  std::vector<std::size_t> left;
  std::copy_if(candidates.begin(), candidates.end(), std::back_inserter(left), [&](auto upstream) {
    return std::find(asked.begin(), asked.end(), upstream) == asked.end();
  });
  if (left.empty()) left.assign(candidates.begin(), candidates.end());
  const auto down = std::stable_partition(
      left.begin(), left.end(), [&](auto upstream) { return is_up(upstream, now); });
  if (down == left.begin()) {
    return *std::min_element(left.begin(), left.end(), [this](auto a, auto b) {
      return states_[a].down_until < states_[b].down_until;
    });
  }
  left.erase(down, left.end());
  if (random % kExplore == 0) return left[random / kExplore % left.size()];
  return *std::min_element(left.begin(), left.end(), [this](auto a, auto b) {
    return states_[a].smoothed < states_[b].smoothed;  // Zero while unknown.
  });
}

Duration UpstreamHealth::patience(std::size_t upstream) const {
  const State& state = states_[upstream];
  if (!state.is_known) return kFirstPatience;
  return std::clamp(state.smoothed + 4 * state.variation, kLeastPatience, kMostPatience);
}

void UpstreamHealth::answered(std::size_t upstream, Duration took) {
  State& state = states_[upstream];
  if (!state.is_known) {
    state = {.is_known = true, .smoothed = took, .variation = took / 2};
  } else {
    const Duration apart = took > state.smoothed ? took - state.smoothed : state.smoothed - took;
    state.variation = (3 * state.variation + apart) / 4;
    state.smoothed = (7 * state.smoothed + took) / 8;
  }
  state.failures = 0;
  state.down_until = {};
}

void UpstreamHealth::failed(std::size_t upstream, TimePoint now) {
  State& state = states_[upstream];
  state.smoothed = std::min(kMostPatience, std::max(2 * state.smoothed, kLeastPatience));
  state.is_known = true;
  if (++state.failures < kFailures) return;
  const int doublings = std::min(state.failures - kFailures, 5);
  state.down_until = now + std::min(kFirstPause * (1 << doublings), kMostPause);
}

}  // namespace dnsd
