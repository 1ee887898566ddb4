#include "minimarathon/serve/listen.h"

#include <algorithm>
#include <cstdlib>

#include "common/parse.h"

namespace minimarathon::serve {
namespace {

using common::ErrorCode;
using common::Expected;
using common::IpAddress;

/// An unset variable and an empty one are the same to us.
std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

IpAddress host_address() { return IpAddress::parse(variable("HOST")).value_or(IpAddress()); }

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    parts.emplace_back(part);
    list.remove_prefix(std::min(part.size() + 1, list.size()));
  }
  return parts;
}

Expected<Listen> parse_listen(std::string_view text) {
  const auto transport = take_transport(text);
  if (!transport) return tl::unexpected(transport.error());
  const auto address = common::SocketAddress::parse(text);
  if (!address) return tl::unexpected(address.error());
  return Listen{*address, *transport};
}

Expected<Listen> parse_port_on_host(std::string_view text) {
  const auto transport = take_transport(text);
  if (!transport) return tl::unexpected(transport.error());
  const auto port = parse_port(text);
  if (!port) return tl::unexpected(port.error());
  return Listen{{host_address(), *port}, *transport};
}

template <class Parse>
Expected<std::vector<Listen>> parse_all(const std::vector<std::string>& texts, Parse parse) {
  std::vector<Listen> listens;
  for (const std::string& text : texts) {
    const auto listen = parse(text);
    if (!listen) return tl::unexpected(listen.error());
    listens.push_back(*listen);
  }
  return listens;
}

}  // namespace

std::string Listen::to_string() const {
  return address.to_string() + (transport == Transport::Tcp ? "/tcp" : "/udp");
}

Expected<std::uint16_t> parse_port(std::string_view text) {
  const auto port = common::parse_integer<std::uint16_t>(text);
  if (port && *port != 0) return *port;
  return common::fail(ErrorCode::InvalidInput,
                      "'" + std::string(text) + "' is not a port number from 1 to 65535");
}

Expected<Transport> take_transport(std::string_view& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return Transport::Tcp;
  const std::string_view name = text.substr(slash + 1);
  text = text.substr(0, slash);
  if (name == "tcp") return Transport::Tcp;
  if (name == "udp") return Transport::Udp;
  return common::fail(ErrorCode::InvalidInput,
                      "'" + std::string(name) + "' is not a transport protocol: tcp or udp");
}

Expected<Listen> first_listen(std::uint16_t default_port) {
  for (const std::string& text : split(variable(kListenVariable))) {
    auto listen = parse_listen(text);
    if (!listen || listen->transport == Transport::Tcp) return listen;
  }
  const std::string_view port = variable("PORT0");
  if (port.empty()) return Listen{{host_address(), default_port}, Transport::Tcp};
  return parse_port_on_host(port);
}

Expected<std::vector<Listen>> all_listens(const std::vector<std::string>& ports) {
  const auto inside_bridge = split(variable(kListenVariable));
  if (!inside_bridge.empty()) return parse_all(inside_bridge, parse_listen);
  return parse_all(ports.empty() ? split(variable("PORTS")) : ports, parse_port_on_host);
}

}  // namespace minimarathon::serve
