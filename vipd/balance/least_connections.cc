#include "vipd/balance/policy.h"
#include "vipd/balance/random.h"

namespace vipd {
namespace {

/// Begins to look at a random place, so that ties are nobody's privilege.
class LeastConnections final : public Policy {
 public:
  explicit LeastConnections(std::uint64_t seed) : random_(seed) {}

  std::size_t choose(std::span<Target* const> candidates, std::uint64_t) override {
    const std::size_t first = random_.below(candidates.size());
    std::size_t best = first;
    for (std::size_t step = 1; step < candidates.size(); ++step) {
      const std::size_t i = (first + step) % candidates.size();
      if (candidates[i]->load() < candidates[best]->load()) best = i;
    }
    return best;
  }

 private:
  Random random_;
};

}  // namespace

std::unique_ptr<Policy> make_least_connections(std::uint64_t seed) {
  return std::make_unique<LeastConnections>(seed);
}

}  // namespace vipd
