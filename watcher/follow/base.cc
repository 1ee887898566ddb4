#include "watcher/follow/base.h"

#include <fmt/core.h>

#include <utility>

namespace watcher {
namespace {

using common::log::Level;

constexpr std::size_t kMostReports = 1000;

}  // namespace

std::vector<Action> FollowerBase::take_actions() { return std::exchange(actions_, {}); }

void FollowerBase::reject(const std::vector<Rejection>& rejected) {
  for (const Rejection& rejection : rejected) reject(rejection.what, rejection.why);
}

void FollowerBase::reject(const std::string& what, const std::string& why) {
  ++status_.rejected;
  trouble(what + " skipped: " + why);
}

void FollowerBase::trouble(const std::string& what) {
  status_.last_error = what;
  if (reported_.size() >= kMostReports) reported_.clear();
  const bool fresh = reported_.insert(what).second;
  log(fresh ? Level::Warn : Level::Debug, fmt::format("error=\"{}\"", what));
}

void FollowerBase::log(Level level, const std::string& text) {
  actions_.emplace_back(Log{level, fmt::format("source={} url={} {}", status_.name, peer(), text)});
}

}  // namespace watcher
