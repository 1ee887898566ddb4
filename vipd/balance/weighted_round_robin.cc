#include "vipd/balance/policy.h"

namespace vipd {
namespace {

/// Everyone earns its weight in each round, and the richest pays for all.
/// Source: nginx's "smooth weighted round-robin".
class WeightedRoundRobin final : public Policy {
 public:
  std::size_t choose(std::span<Target* const> candidates, std::uint64_t) override {
    double total = 0;
    std::size_t best = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      Target& target = *candidates[i];
      target.turn += target.weight;
      total += target.weight;
      if (target.turn > candidates[best]->turn) best = i;
    }
    candidates[best]->turn -= total;
    return best;
  }
};

}  // namespace

std::unique_ptr<Policy> make_weighted_round_robin() {
  return std::make_unique<WeightedRoundRobin>();
}

}  // namespace vipd
