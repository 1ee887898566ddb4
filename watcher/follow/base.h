#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "watcher/follow/answer.h"
#include "watcher/follow/follower.h"

namespace watcher {

/// What every follower keeps: what it wants done, its status, and its words for people.
class FollowerBase : public Follower {
 public:
  std::vector<Action> take_actions() final;
  const SourceStatus& status() const final { return status_; }

 protected:
  explicit FollowerBase(std::string_view source) { status_.name = source; }

  /// Whom it follows at the moment, for the log.
  virtual std::string peer() const = 0;

  void reject(const std::vector<Rejection>& rejected);
  void reject(const std::string& what, const std::string& why);
  /// Logs each trouble once a connection.
  void trouble(const std::string& what);
  void forget_troubles() { reported_.clear(); }  // A new connection begins.
  void log(common::log::Level level, const std::string& text);

  SourceStatus status_;
  std::vector<Action> actions_;

 private:
  std::set<std::string> reported_;  // On this connection.
};

}  // namespace watcher
