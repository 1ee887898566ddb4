#include "vipd/balance/policy.h"
#include "vipd/balance/random.h"

namespace vipd {
namespace {

double by_load(const Target& a, const Target& b) { return a.load() - b.load(); }

/// A backend nobody connected to yet is as fast as the other one.
double by_latency(const Target& a, const Target& b) {
  const auto time_a = a.connect_time.value();
  const auto time_b = b.connect_time.value();
  if (!time_a || !time_b) return by_load(a, b);
  return time_a->count() * a.load() - time_b->count() * b.load();
}

/// `compare(a, b)` is below zero when a is the better one.
template <class Compare>
class TwoChoices final : public Policy {
 public:
  TwoChoices(std::uint64_t seed, Compare compare) : random_(seed), compare_(compare) {}

  std::size_t choose(std::span<Target* const> candidates, std::uint64_t) override {
    const std::size_t first = random_.below(candidates.size());
    if (candidates.size() == 1) return first;
    std::size_t second = random_.below(candidates.size() - 1);
    if (second >= first) ++second;
    return compare_(*candidates[second], *candidates[first]) < 0 ? second : first;
  }

 private:
  Random random_;
  Compare compare_;
};

}  // namespace

std::unique_ptr<Policy> make_two_choices(std::uint64_t seed) {
  return std::make_unique<TwoChoices<decltype(&by_load)>>(seed, by_load);
}

std::unique_ptr<Policy> make_peak_ewma(std::uint64_t seed) {
  return std::make_unique<TwoChoices<decltype(&by_latency)>>(seed, by_latency);
}

}  // namespace vipd
