#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vipd {

using TimePoint = std::chrono::steady_clock::time_point;

/// Deadlines of numbered entries, at most one each, to the precision of a tick and never early.
/// Scheduling and cancelling cost the same however many there are; a deadline further away than
/// the wheel is round is passed over once per round.
/// Source: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 6.
class TimerWheel {
 public:
  /// `slots` is a power of two.
  TimerWheel(TimePoint start, std::chrono::milliseconds tick, std::size_t slots);

  /// Sets an entry's deadline, replacing an earlier one.
  void schedule(std::uint32_t entry, TimePoint deadline);
  void cancel(std::uint32_t entry);  // No matter whether it has a deadline.

  /// An entry whose deadline has passed, no longer scheduled; call again until there is none.
  std::optional<std::uint32_t> pop_due(TimePoint now);
  /// When to call pop_due() next; none while nothing is scheduled. Nothing is due before, but
  /// perhaps nothing then either: what is cancelled, and what is due rounds later, isn't looked
  /// for.
  std::optional<TimePoint> next_tick() const;

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// Lists are doubly linked rings through `links_`; each slot, and the list of what is due, has a
  /// link of its own as its head, in front of those of the entries.
  struct Link {
    std::uint32_t previous = kNone;
    std::uint32_t next = kNone;
    std::uint64_t tick = 0;
  };

  std::uint64_t tick_after(TimePoint time) const;  // The first tick not before `time`.
  std::uint32_t slot_of(std::uint64_t tick) const;
  std::uint32_t link_of(std::uint32_t entry) const;
  void insert(std::uint32_t head, std::uint32_t link);
  void remove(std::uint32_t link);
  void collect_due(std::uint64_t tick);
  std::uint64_t first_occupied() const;

  TimePoint start_;
  std::chrono::milliseconds tick_;
  std::uint32_t slots_;
  std::uint64_t current_ = 0;   // The last tick whose slot was looked at.
  std::uint64_t earliest_ = 0;  // No entry has an earlier tick, if it is beyond the current one.
  std::size_t scheduled_ = 0;
  std::vector<Link> links_;
};

}  // namespace vipd
