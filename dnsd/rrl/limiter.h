#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/ip.h"

namespace dnsd {

/// Limits how many equal answers go to one network in a second, so that queries with a forged
/// source do not make us flood their victim (response rate limiting). Pure; one per worker.
///
/// Memory is fixed: each (network, subject) has one of four slots, and takes the least busy when
/// there are more. So strangers can make it forget, but not grow.
class ResponseLimiter {
 public:
  struct Options {
    std::uint32_t per_second = 0;  // Of each (network, subject); 0: no limit.
    std::uint32_t slip = 2;        // Every slip-th limited answer goes out truncated; 0: none does.
    std::uint64_t seed = 0;        // Secret, so that nobody can aim at a slot.
  };
  enum class Verdict : std::uint8_t {
    Send,
    Slip,  // Truncated and empty: a real client comes over TCP, where no source is forged.
    Drop,
  };

  explicit ResponseLimiter(const Options& options);

  bool is_on() const { return options_.per_second > 0; }
  /// Counts an answer. `subject`: a hash of what is equal in equal answers; `now_s`: any clock.
  Verdict judge(const common::IpAddress& client, std::uint64_t subject, std::uint32_t now_s);

 private:
  static constexpr std::size_t kWays = 4;
  static constexpr std::size_t kSets = 4096;

  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t second = 0;  // The one that `count` is of.
    std::uint32_t count = 0;
  };

  Slot& slot_of(std::uint64_t key, std::uint32_t now_s);

  Options options_;
  std::vector<Slot> slots_;  // Sets of kWays neighbours; empty when there is no limit.
};

/// The network a client belongs to for purposes of limits: its /24, or /56 of IPv6, in which one
/// sender can use any address (or an attacker forge it).
std::uint64_t network_of(const common::IpAddress& client);

}  // namespace dnsd
