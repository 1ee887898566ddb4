#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "minimarathon/app.h"
#include "minimarathon/dependencies.h"

namespace minimarathon {

/// The definitions people have written: apps with their versions, and groups. Knows nothing of
/// what runs.
class Store {
 public:
  AppPtr find(const std::string& id) const;  // The newest version.
  std::vector<AppPtr> apps() const;          // Sorted by id.
  std::vector<AppPtr> apps_below(const std::string& group) const;

  /// Newest first, at most 50.
  std::vector<AppPtr> versions(const std::string& id) const;
  AppPtr version(const std::string& id, const std::string& version) const;

  /// Groups come into being with what is put into them, and stay when it goes.
  bool has_group(const std::string& id) const;
  std::vector<std::string> groups_in(const std::string& group) const;  // One level down, sorted.
  /// What apps and groups say they depend on.
  Needs needs() const;
  std::vector<std::string> group_needs(const std::string& id) const;
  void set_group_needs(const std::string& id,
                       std::vector<std::string> needed,
                       const std::string& version);

  /// When something in it changed last.
  std::string group_version(const std::string& id) const;
  void touch_group(const std::string& id, const std::string& version);
  void remove_group(const std::string& id, const std::string& version);

  /// Makes `app`, whose versions are set, the newest version of its id.
  AppPtr put(App app);
  void remove(const std::string& id, const std::string& version);

  /// Service ports from 10000 on that no app had when this was called; each is given once.
  ServicePortSource service_ports() const;

 private:
  static constexpr std::size_t kMaxVersions = 50;

  std::map<std::string, std::deque<AppPtr>> apps_;  // Newest first; never empty.
  struct Group {
    std::string version;
    std::vector<std::string> needs;
  };
  std::map<std::string, Group> groups_;  // The root may be missing.
};

}  // namespace minimarathon
