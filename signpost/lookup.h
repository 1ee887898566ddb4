#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/ip.h"
#include "common/result.h"

namespace signpost {

struct SrvTarget {
  std::string host;
  std::uint16_t port = 0;
};

/// Asks one DNS server, as any stub resolver would, and waits for the answer (5 s at most).
/// NotFound for NXDOMAIN and NODATA; other failures name the server.
common::Expected<std::vector<common::IpAddress>> lookup_a(const common::SocketAddress& server,
                                                          const std::string& name);
common::Expected<std::vector<SrvTarget>> lookup_srv(const common::SocketAddress& server,
                                                    const std::string& name);

/// Sends a query as it is, over UDP and, when the reply is cut, over TCP, and returns the reply
/// whatever its code is. Waits 6 s at most. Errors name the server.
common::Expected<std::vector<std::uint8_t>> exchange(const common::SocketAddress& server,
                                                     const std::vector<std::uint8_t>& query);

}  // namespace signpost
