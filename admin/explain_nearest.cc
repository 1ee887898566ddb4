#include "admin/explain_nearest.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "config/nearest.h"

namespace admin::explain {

Nearest::Nearest(std::string_view asked) : asked_(asked) {
  for (const char c : asked) ++letters_[static_cast<unsigned char>(c)];
}

/// What is further away is another name altogether, or worse than what there is.
std::size_t Nearest::limit() const {
  if (kept_.size() == kMost) return kept_.rbegin()->first;
  return std::max<std::size_t>(2, asked_.size() / 3);
}

bool Nearest::may_take(std::size_t size) const {
  return std::max(size, asked_.size()) - std::min(size, asked_.size()) <= limit();
}

/// So many letters of the one are missing in the other at least.
std::size_t Nearest::least_distance(std::string_view name) const {
  std::array<int, 256> left = letters_;
  for (const char c : name) --left[static_cast<unsigned char>(c)];
  std::size_t missing = 0;
  std::size_t surplus = 0;
  for (const int count : left)
    (count < 0 ? surplus : missing) += static_cast<std::size_t>(std::abs(count));
  return std::max(missing, surplus);
}

void Nearest::offer(const std::string& name) {
  if (!may_take(name.size()) || least_distance(name) > limit()) return;
  const std::size_t distance = config::edit_distance(asked_, name);
  if (distance > limit()) return;
  kept_.emplace(distance, name);
  if (kept_.size() > kMost) kept_.erase(std::prev(kept_.end()));
}

std::vector<std::string> Nearest::names() const {
  std::vector<std::string> names;
  for (const auto& [distance, name] : kept_) names.push_back(name);
  return names;
}

std::vector<std::string> nearest_of(std::string_view asked, const std::vector<std::string>& names) {
  Nearest nearest(asked);
  for (const std::string& name : names) nearest.offer(name);
  return nearest.names();
}

std::string did_you_mean(const std::vector<std::string>& nearest) {
  std::string words;
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    words += i == 0 ? "; did you mean " : i + 1 == nearest.size() ? " or " : ", ";
    words += nearest[i];
  }
  return words.empty() ? words : words + "?";
}

}  // namespace admin::explain
