#pragma once

#include <cstddef>
#include <vector>

#include "common/ip.h"
#include "common/result.h"
#include "common/unique_fd.h"

namespace dnsd {

/// The sockets of one worker for one address; both non-blocking, TCP listening. For TLS there is no
/// UDP.
struct SocketPair {
  common::UniqueFd udp;
  common::UniqueFd tcp;
};

/// One listen address and the sockets that share it.
struct Listening {
  common::SocketAddress address;    // As bound: never port 0.
  std::vector<SocketPair> workers;  // One per worker.
};

/// Opens an address over UDP and TCP for every worker. Port 0 takes one that is free over both.
/// Errors: "cannot listen on 127.0.0.1:53 (UDP): permission denied; change dns.listen, or ...".
common::Expected<Listening> listen_on(const common::SocketAddress& address, std::size_t workers);
/// The same over TCP alone, for TLS; errors name dns.tls_listen.
common::Expected<Listening> listen_for_tls(const common::SocketAddress& address,
                                           std::size_t workers);

}  // namespace dnsd
