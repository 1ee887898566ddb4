#include "vipd/balance/random.h"

#include "vipd/balance/policy.h"

namespace vipd {
namespace {

class RandomChoice final : public Policy {
 public:
  explicit RandomChoice(std::uint64_t seed) : random_(seed) {}

  std::size_t choose(std::span<Target* const> candidates, std::uint64_t) override {
    double total = 0;
    for (const Target* target : candidates) total += target->weight;
    double point = random_.fraction() * total;
    for (std::size_t i = 0; i + 1 < candidates.size(); ++i) {
      point -= candidates[i]->weight;
      if (point < 0) return i;
    }
    return candidates.size() - 1;
  }

 private:
  Random random_;
};

}  // namespace

std::unique_ptr<Policy> make_random(std::uint64_t seed) {
  return std::make_unique<RandomChoice>(seed);
}

}  // namespace vipd
