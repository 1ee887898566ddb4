#pragma once

#include <memory>
#include <vector>

#include "vipd/balance/policy.h"

namespace vipd {

/// Some targets to choose from, and how often each was chosen.
class Candidates {
 public:
  explicit Candidates(std::size_t count) : picked(count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto target = std::make_unique<Target>();
      target->id = static_cast<std::uint32_t>(i + 1);
      target->endpoint = {common::IpAddress::v4(0x0a000000 + static_cast<std::uint32_t>(i)), 80};
      pointers.push_back(target.get());
      targets_.push_back(std::move(target));
    }
  }
  Target& operator[](std::size_t index) { return *targets_[index]; }
  std::span<Target* const> all() const { return pointers; }

  void pick(Policy& policy, int times) {
    for (int i = 0; i < times; ++i) ++picked[policy.choose(pointers, 0)];
  }
  void set_sessions(std::size_t index, std::size_t count) {
    targets_[index]->sessions.resize(count);
  }

  std::vector<int> picked;
  std::vector<Target*> pointers;

 private:
  std::vector<std::unique_ptr<Target>> targets_;
};

}  // namespace vipd
