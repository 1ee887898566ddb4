#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "watcher/marathon/model.h"

namespace watcher::marathon {

/// The definitions of one app, by version. A task keeps the one it was started from, whatever is
/// deployed after it (Marathon lists old tasks under the new port list).
class Definitions {
 public:
  /// Takes what the app says of itself now.
  void set_current(const AppFacts& facts);
  void clear_current();  // The app is gone; its tasks still drain.
  bool has_current() const { return current_ != nullptr; }
  const std::string& version() const { return version_; }  // Of the current one.

  /// The definition that tasks of `version` run, or null when it is not known.
  DefinitionPtr find(const std::string& version) const;
  void set(const std::string& version, const DefinitionPtr& definition);

  /// Notes that `version` is being asked for; false when it was noted before.
  bool want(const std::string& version);
  /// It cannot be had: from now on find() answers the current one, until ask_again().
  void guess(const std::string& version);
  void ask_again();  // Forgets what is asked for or guessed.

  std::size_t old_versions() const { return known_.size(); }
  /// Forgets every version but the current one and these.
  void keep_only(const std::set<std::string_view>& versions);

 private:
  bool is_resize_of_current(const std::string& version) const;

  std::string version_;
  std::string config_since_;
  DefinitionPtr current_;
  std::map<std::string, DefinitionPtr> known_;  // Without the current one.
  std::set<std::string> asked_;
  std::set<std::string> guessed_;
};

}  // namespace watcher::marathon
