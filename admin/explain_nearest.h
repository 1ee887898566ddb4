#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// For those who mistyped what they ask for. Private to the explanations.
namespace admin::explain {

/// Keeps, of all names that are offered, the three that are spelt most like the one asked for.
class Nearest {
 public:
  explicit Nearest(std::string_view asked);

  /// Could a name of so many octets be kept? Spares making it.
  bool may_take(std::size_t size) const;
  /// Cost: its letters are counted; letter by letter only those are compared that come close then.
  void offer(const std::string& name);

  std::vector<std::string> names() const;  // The nearest first.

 private:
  static constexpr std::size_t kMost = 3;

  std::size_t least_distance(std::string_view name) const;
  std::size_t limit() const;

  std::string_view asked_;
  std::array<int, 256> letters_{};
  std::set<std::pair<std::size_t, std::string>> kept_;  // With their distances.
};

std::vector<std::string> nearest_of(std::string_view asked, const std::vector<std::string>& names);
/// "; did you mean a, b or c?", or nothing.
std::string did_you_mean(const std::vector<std::string>& nearest);

}  // namespace admin::explain
