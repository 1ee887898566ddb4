#include "watcher/vips/vip.h"

#include "common/hash.h"

namespace watcher {

std::string VipId::to_string() const {
  const std::string where = name.empty() ? common::SocketAddress{address, port}.to_string()
                                         : name + ":" + std::to_string(port);
  return where + "/" + std::string(watcher::to_string(protocol));
}

}  // namespace watcher

std::size_t std::hash<watcher::VipId>::operator()(const watcher::VipId& id) const noexcept {
  const std::uint64_t where =
      common::hash_bytes(id.name) + std::hash<watcher::IpAddress>{}(id.address);
  return common::mix(where + (static_cast<std::uint64_t>(id.port) << 1) +
                     static_cast<std::uint64_t>(id.protocol));
}
