#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "watcher/vips/vip.h"

namespace vipd {

struct Service;

/// Which VIP a TLS client means by a server name. Pure; one per worker, on its thread.
///
/// A name is tried as it is, then with ever more of its front left off ("*.example.org" is for all
/// below example.org), then as "*". Of two VIPs with the same name the first by id has it.
class ServerNames {
 public:
  /// Gives a VIP exactly these names. `service` lives until they are taken away again.
  void set(const watcher::VipId& id, Service& service, std::vector<std::string> names);
  void clear(const watcher::VipId& id);

  Service* find(std::string_view name) const;  // Null when nobody is meant.
  bool empty() const { return by_name_.empty(); }

 private:
  using Claims = std::map<watcher::VipId, Service*>;

  Service* exactly(std::string_view name) const;

  std::map<std::string, Claims, std::less<>> by_name_;
  std::map<watcher::VipId, std::vector<std::string>> by_vip_;
};

}  // namespace vipd
