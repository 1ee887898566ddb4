#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip.h"
#include "common/result.h"

namespace minimarathon::serve {

enum class Transport : std::uint8_t { Tcp, Udp };

/// Where a server listens.
struct Listen {
  common::SocketAddress address;
  Transport transport = Transport::Tcp;

  std::string to_string() const;  // "0.0.0.0:80/tcp"

  friend bool operator==(const Listen&, const Listen&) = default;
};

/// Tells the servers below what to listen on inside a bridge, where HOST and PORT0 name the world
/// outside: "0.0.0.0:80/tcp,0.0.0.0:53/udp".
inline constexpr const char* kListenVariable = "SIGNPOST_LISTEN";

/// The one TCP port of a server: the first of SIGNPOST_LISTEN, otherwise PORT0 or `default_port` on
/// the address in HOST, or on all addresses when HOST is absent or a name.
common::Expected<Listen> first_listen(std::uint16_t default_port);

/// All ports of a server: those of SIGNPOST_LISTEN, otherwise `ports` ("31000/tcp", "31001/udp"),
/// otherwise the list in PORTS as TCP; addresses as above.
common::Expected<std::vector<Listen>> all_listens(const std::vector<std::string>& ports);

/// A port number, 1 to 65535.
common::Expected<std::uint16_t> parse_port(std::string_view text);

/// Takes "/tcp" or "/udp" off the end of `text`; TCP when there is neither.
common::Expected<Transport> take_transport(std::string_view& text);

}  // namespace minimarathon::serve
