#include "minimarathon/dependencies.h"

#include <algorithm>
#include <set>

#include "minimarathon/path.h"

namespace minimarathon {
namespace {

class Ranking {
 public:
  Ranking(const std::vector<std::string>& apps, const Needs& needs) : apps_(apps), needs_(needs) {}

  /// False when the app stands in a circle.
  bool rank(const std::string& app) {
    if (ranks_.contains(app)) return true;
    if (!under_way_.insert(app).second) return false;
    std::size_t own = 0;
    for (const std::string& needed : needed_by(app)) {
      if (!rank(needed)) return false;
      own = std::max(own, ranks_[needed] + 1);
    }
    ranks_[app] = own;
    return true;
  }
  std::map<std::string, std::size_t> take() { return std::move(ranks_); }

 private:
  std::set<std::string> needed_by(const std::string& app) const {
    std::set<std::string> needed;
    for (std::string id = app;; id = parent_path(id)) {
      if (const auto found = needs_.find(id); found != needs_.end()) {
        for (const std::string& target : found->second) add_apps(target, needed);
      }
      if (id == "/") return needed;
    }
  }
  void add_apps(const std::string& target, std::set<std::string>& to) const {
    for (const std::string& app : apps_) {
      if (app == target || is_below(app, target)) to.insert(app);
    }
  }

  const std::vector<std::string>& apps_;
  const Needs& needs_;
  std::set<std::string> under_way_;
  std::map<std::string, std::size_t> ranks_;
};

}  // namespace

std::optional<std::map<std::string, std::size_t>> rank_by_dependencies(
    const std::vector<std::string>& apps, const Needs& needs) {
  Ranking ranking(apps, needs);
  for (const std::string& app : apps) {
    if (!ranking.rank(app)) return std::nullopt;
  }
  return ranking.take();
}

}  // namespace minimarathon
