#include "vipd/relay/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace vipd {

TimerWheel::TimerWheel(TimePoint start, std::chrono::milliseconds tick, std::size_t slots)
    : start_(start), tick_(tick), slots_(static_cast<std::uint32_t>(slots)), links_(slots + 1) {
  assert(tick.count() > 0 && std::has_single_bit(slots));
  for (std::uint32_t head = 0; head <= slots_; ++head) links_[head] = {head, head, 0};
}

void TimerWheel::schedule(std::uint32_t entry, TimePoint deadline) {
  const std::uint32_t link = link_of(entry);
  if (link >= links_.size()) links_.resize(std::max<std::size_t>(link + 1, links_.size() * 2));
  cancel(entry);
  // Slots up to the current tick have been looked at in this round.
  links_[link].tick = std::max(tick_after(deadline), current_ + 1);
  insert(slot_of(links_[link].tick), link);
  earliest_ = scheduled_ == 0 ? links_[link].tick : std::min(earliest_, links_[link].tick);
  ++scheduled_;
}

void TimerWheel::cancel(std::uint32_t entry) {
  const std::uint32_t link = link_of(entry);
  if (link >= links_.size() || links_[link].next == kNone) return;
  remove(link);
  --scheduled_;
}

std::optional<std::uint32_t> TimerWheel::pop_due(TimePoint now) {
  const auto passed =
      static_cast<std::uint64_t>(std::max(now - start_, TimePoint::duration{}) / tick_);
  const std::uint32_t due = slots_;
  while (links_[due].next == due) {
    if (scheduled_ == 0) current_ = std::max(current_, passed);
    if (current_ >= passed) {
      if (earliest_ <= current_ && scheduled_ > 0) earliest_ = first_occupied();
      return std::nullopt;
    }
    // After a long sleep one round meets every slot.
    current_ = std::max(current_ + 1, passed > slots_ ? passed - slots_ + 1 : 0);
    collect_due(passed);
  }
  const std::uint32_t link = links_[due].next;
  remove(link);
  --scheduled_;
  return link - slots_ - 1;
}

std::optional<TimePoint> TimerWheel::next_tick() const {
  if (scheduled_ == 0) return std::nullopt;
  return start_ + tick_ * std::max(earliest_, current_ + 1);
}

std::uint64_t TimerWheel::tick_after(TimePoint time) const {
  const auto since = std::max(time - start_, TimePoint::duration{});
  return static_cast<std::uint64_t>((since + tick_ - TimePoint::duration(1)) / tick_);
}

std::uint32_t TimerWheel::slot_of(std::uint64_t tick) const {
  return static_cast<std::uint32_t>(tick & (slots_ - 1));
}

std::uint32_t TimerWheel::link_of(std::uint32_t entry) const { return entry + slots_ + 1; }

void TimerWheel::insert(std::uint32_t head, std::uint32_t link) {
  const std::uint32_t next = links_[head].next;
  links_[link].previous = head;
  links_[link].next = next;
  links_[next].previous = link;
  links_[head].next = link;
}

void TimerWheel::remove(std::uint32_t link) {
  links_[links_[link].previous].next = links_[link].next;
  links_[links_[link].next].previous = links_[link].previous;
  links_[link].previous = links_[link].next = kNone;
}

/// Moves what is due by `tick` from the current slot to the list of due entries.
void TimerWheel::collect_due(std::uint64_t tick) {
  const std::uint32_t head = slot_of(current_);
  for (std::uint32_t link = links_[head].next; link != head;) {
    const std::uint32_t next = links_[link].next;
    if (links_[link].tick <= tick) {
      remove(link);
      insert(slots_, link);
    }
    link = next;
  }
}

/// The tick of the next slot that holds anything. Precondition: one does.
std::uint64_t TimerWheel::first_occupied() const {
  std::uint64_t tick = current_ + 1;
  while (links_[slot_of(tick)].next == slot_of(tick)) ++tick;
  return tick;
}

}  // namespace vipd
