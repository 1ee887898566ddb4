#include "dnsd/rrl/limiter.h"

#include <algorithm>
#include <span>

#include "common/hash.h"

namespace dnsd {
namespace {

constexpr std::size_t kV4Octets = 3;
constexpr std::size_t kV6Octets = 7;

}  // namespace

std::uint64_t network_of(const common::IpAddress& client) {
  const auto network = client.bytes().first(client.is_v4() ? kV4Octets : kV6Octets);
  std::uint64_t number = client.is_v4() ? 0 : 1;
  for (const std::uint8_t octet : network) number = number << 8 | octet;
  return number;
}

ResponseLimiter::ResponseLimiter(const Options& options)
    : options_(options), slots_(options.per_second > 0 ? kSets * kWays : 0) {}

ResponseLimiter::Verdict ResponseLimiter::judge(const common::IpAddress& client,
                                                std::uint64_t subject,
                                                std::uint32_t now_s) {
  if (!is_on()) return Verdict::Send;
  const std::uint64_t key = common::mix(options_.seed ^ network_of(client)) ^ subject;
  Slot& slot = slot_of(common::mix(key), now_s);
  if (slot.count < options_.per_second) {
    ++slot.count;
    return Verdict::Send;
  }
  const std::uint32_t limited = ++slot.count - options_.per_second;
  return options_.slip != 0 && limited % options_.slip == 0 ? Verdict::Slip : Verdict::Drop;
}

/// The slot with the key's tag, else the least busy of its set, emptied.
ResponseLimiter::Slot& ResponseLimiter::slot_of(std::uint64_t key, std::uint32_t now_s) {
  const auto set = std::span(slots_).subspan(key % kSets * kWays, kWays);
  const auto tag = static_cast<std::uint32_t>(key >> 32U);
  for (Slot& slot : set) {
    if (slot.second != now_s) slot.count = 0;
    slot.second = now_s;
  }
  const auto found =
      std::find_if(set.begin(), set.end(), [tag](const Slot& slot) { return slot.tag == tag; });
  if (found != set.end()) return *found;
  Slot& idlest = *std::min_element(
      set.begin(), set.end(), [](const Slot& a, const Slot& b) { return a.count < b.count; });
  idlest.tag = tag;
  idlest.count = 0;
  return idlest;
}

}  // namespace dnsd
