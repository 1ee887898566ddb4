#include "watcher/marathon/fates.h"

#include <algorithm>
#include <vector>

namespace watcher::marathon {
namespace {

constexpr std::chrono::minutes kKeepEnded{10};
constexpr std::chrono::minutes kKillPatience{2};
constexpr std::size_t kMost = 1 << 17;

}  // namespace

void Fates::end(const std::string& task, TimePoint now) {
  set(task, {true, now + kKeepEnded}, now);
}

void Fates::kill(const std::string& task, std::chrono::milliseconds grace, TimePoint now) {
  if (!has_ended(task, now)) set(task, {false, now + grace + kKillPatience}, now);
}

bool Fates::has_ended(std::string_view task, TimePoint now) const {
  const auto found = fates_.find(task);
  return found != fates_.end() && found->second.ended && found->second.until > now;
}

bool Fates::is_doomed(std::string_view task, TimePoint now) const {
  const auto found = fates_.find(task);
  return found != fates_.end() && found->second.until > now;
}

void Fates::set(const std::string& task, Fate fate, TimePoint now) {
  if (fates_.size() >= kMost) forget_old(now);
  fates_.insert_or_assign(task, fate);
}

void Fates::forget_old(TimePoint now) {
  std::erase_if(fates_, [&](const auto& entry) { return entry.second.until <= now; });
  if (fates_.size() < kMost) return;
  std::vector<TimePoint> ends;
  for (const auto& [task, fate] : fates_) ends.push_back(fate.until);
  const auto middle = ends.begin() + static_cast<std::ptrdiff_t>(ends.size() / 2);
  std::nth_element(ends.begin(), middle, ends.end());
  std::erase_if(fates_, [&](const auto& entry) { return entry.second.until <= *middle; });
}

}  // namespace watcher::marathon
