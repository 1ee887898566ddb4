#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "vipd/relay/probing.h"

namespace vipd {

/// How many sessions each client address has, by the hash of the address. As large from the
/// beginning as it can ever become: counting allocates nothing. Two addresses with one hash count
/// as one, which happens once in 2^32 or so.
class SourceCounts {
 public:
  /// `most`: addresses at a time; 0 for one that is never asked.
  explicit SourceCounts(std::size_t most) : slots_(most == 0 ? 0 : std::bit_ceil(most * 2)) {}

  std::uint32_t count(std::uint64_t source) const {
    return slots_.empty() ? 0 : slots_[find(source)].count;
  }
  void add(std::uint64_t source) {
    if (slots_.empty()) return;
    Slot& slot = slots_[find(source)];
    slot.source = source;
    ++slot.count;
  }
  void subtract(std::uint64_t source) {
    if (slots_.empty()) return;
    const std::size_t place = find(source);
    assert(slots_[place].count > 0);
    if (--slots_[place].count > 0) return;
    const std::size_t freed = close_gap(
        place,
        slots_.size() - 1,
        [this](std::size_t at) { return slots_[at].count == 0; },
        [this](std::size_t at) { return home(slots_[at].source); },
        [this](std::size_t from, std::size_t to) { slots_[to] = slots_[from]; });
    slots_[freed].count = 0;
  }

 private:
  struct Slot {
    std::uint64_t source = 0;
    std::uint32_t count = 0;  // 0: free.
  };

  std::size_t home(std::uint64_t source) const { return source & (slots_.size() - 1); }
  std::size_t next(std::size_t place) const { return (place + 1) & (slots_.size() - 1); }

  std::size_t find(std::uint64_t source) const {
    std::size_t place = home(source);
    while (slots_[place].count > 0 && slots_[place].source != source) place = next(place);
    return place;
  }
  std::vector<Slot> slots_;
};

}  // namespace vipd
