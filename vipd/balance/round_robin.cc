#include "vipd/balance/policy.h"

namespace vipd {
namespace {

class RoundRobin final : public Policy {
 public:
  explicit RoundRobin(std::size_t first) : next_(first) {}
  std::size_t choose(std::span<Target* const> candidates, std::uint64_t) override {
    return next_++ % candidates.size();
  }

 private:
  std::size_t next_;
};

}  // namespace

std::unique_ptr<Policy> make_round_robin(std::size_t first) {
  return std::make_unique<RoundRobin>(first);
}

}  // namespace vipd
