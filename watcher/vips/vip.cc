#include "watcher/vips/vip.h"

#include "common/hash.h"
#include "common/parse.h"

namespace watcher {

std::string VipId::to_string() const {
  const std::string where = name.empty() ? common::SocketAddress{address, port}.to_string()
                                         : name + ":" + std::to_string(port);
  return where + "/" + std::string(watcher::to_string(protocol));
}

std::optional<VipId> VipId::parse(std::string_view text) {
  VipId id{};
  const std::size_t slash = text.rfind('/');
  if (slash != text.npos) {
    const std::string_view protocol = text.substr(slash + 1);
    if (protocol != "tcp" && protocol != "udp") return std::nullopt;
    id.protocol = protocol == "tcp" ? Protocol::Tcp : Protocol::Udp;
    text = text.substr(0, slash);
  }
  if (const auto address = common::SocketAddress::parse(text)) {
    id.address = address->ip;
    id.port = address->port;
    return id;
  }
  const std::size_t colon = text.rfind(':');
  if (colon == 0 || colon == text.npos) return std::nullopt;
  const auto port = common::parse_integer<std::uint16_t>(text.substr(colon + 1));
  if (!port) return std::nullopt;
  id.name = text.substr(0, colon);
  id.port = *port;
  return id;
}

}  // namespace watcher

std::size_t std::hash<watcher::VipId>::operator()(const watcher::VipId& id) const noexcept {
  const std::uint64_t where =
      common::hash_bytes(id.name) + std::hash<watcher::IpAddress>{}(id.address);
  return common::mix(where + (static_cast<std::uint64_t>(id.port) << 1) +
                     static_cast<std::uint64_t>(id.protocol));
}
