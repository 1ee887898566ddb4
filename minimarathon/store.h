#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "minimarathon/app.h"

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
  std::map<std::string, std::string> groups_;       // To the version; the root may be missing.
};

}  // namespace minimarathon
