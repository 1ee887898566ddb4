#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "minimarathon/app.h"
#include "minimarathon/timestamp.h"

namespace minimarathon {

/// The definitions people have written: apps with their versions, and groups. Knows nothing of
/// what runs.
class Store {
 public:
  AppPtr find(const std::string& id) const;
  /// Sorted by id.
  std::vector<AppPtr> apps() const;
  std::vector<AppPtr> apps_below(const std::string& group) const;

  /// Newest first, at most 50.
  std::vector<AppPtr> versions(const std::string& id) const;
  AppPtr version(const std::string& id, const std::string& version) const;

  /// A group exists while it was made and not deleted, or anything is in it.
  bool has_group(const std::string& id) const;
  const std::set<std::string>& empty_groups() const { return groups_; }
  void add_group(const std::string& id) { groups_.insert(id); }
  void remove_group(const std::string& id);

  /// Must running tasks be replaced to be as the new version says?
  enum class Tasks : std::uint8_t { StayCurrent, Replaced };
  /// Makes `app` the newest version of its id, named `version`.
  AppPtr put(App app, const std::string& version, Tasks tasks);
  void remove(const std::string& id);

  /// A service port that no app has and that was not handed out by this call's siblings.
  ServicePortSource service_ports() const;

 private:
  static constexpr std::size_t kMaxVersions = 50;

  std::map<std::string, std::deque<AppPtr>> apps_;  // Newest first; never empty.
  std::set<std::string> groups_;
};

}  // namespace minimarathon
