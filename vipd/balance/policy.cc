#include "vipd/balance/policy.h"

namespace vipd {

std::unique_ptr<Policy> make_policy(config::Balance balance, std::uint64_t seed) {
  switch (balance) {
    case config::Balance::TwoChoices:
      return make_two_choices(seed);
    case config::Balance::RoundRobin:
      return make_round_robin(seed);
    case config::Balance::WeightedRoundRobin:
      return make_weighted_round_robin();
    case config::Balance::LeastConnections:
      return make_least_connections(seed);
    case config::Balance::PeakEwma:
      return make_peak_ewma(seed);
    case config::Balance::Source:
    case config::Balance::SourcePort:
      return make_maglev();
    case config::Balance::Random:
      return make_random(seed);
  }
  return make_two_choices(seed);
}

}  // namespace vipd
