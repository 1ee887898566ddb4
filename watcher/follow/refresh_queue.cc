#include "watcher/follow/refresh_queue.h"

namespace watcher {

/// Changes a slot and keeps due_ in step with it.
template <class Change>
void RefreshQueue::reschedule(Slots::iterator slot, Change change) {
  auto& [key, state] = *slot;
  if (state.marked && !state.asking) due_.erase({state.due(), key});
  change(state);
  if (state.marked && !state.asking) due_.insert({state.due(), key});
}

void RefreshQueue::mark(const std::string& key, TimePoint now, Haste haste) {
  const TimePoint wanted = haste == Haste::Now ? now : now + interval_;
  reschedule(slots_.try_emplace(key).first, [&](Slot& slot) {
    slot.wanted = slot.marked ? std::min(slot.wanted, wanted) : wanted;
    if (!slot.marked) slot.heard = now;
    slot.marked = true;
  });
}

std::optional<RefreshQueue::Question> RefreshQueue::pop(TimePoint now) {
  if (next() > now) return std::nullopt;
  const auto found = slots_.find(due_.begin()->second);
  Question question{found->first, found->second.heard};
  reschedule(found, [&](Slot& slot) {
    slot.asking = true;
    slot.marked = false;
    slot.earliest = now + interval_;
  });
  return question;
}

void RefreshQueue::done(const std::string& key) {
  const auto found = slots_.find(key);
  if (found != slots_.end()) reschedule(found, [](Slot& slot) { slot.asking = false; });
}

void RefreshQueue::hold(const std::string& key, TimePoint until) {
  reschedule(slots_.try_emplace(key).first, [&](Slot& slot) { slot.held = until; });
}

void RefreshQueue::release(const std::string& key) {
  const auto found = slots_.find(key);
  if (found != slots_.end()) reschedule(found, [](Slot& slot) { slot.held = {}; });
}

void RefreshQueue::clear() {
  slots_.clear();
  due_.clear();
}

void RefreshQueue::forget_idle(TimePoint now) {
  std::erase_if(slots_, [&](const auto& entry) {
    const Slot& slot = entry.second;
    return !slot.marked && !slot.asking && std::max(slot.earliest, slot.held) <= now;
  });
}

TimePoint RefreshQueue::next() const {
  return due_.empty() ? TimePoint::max() : due_.begin()->first;
}

}  // namespace watcher
