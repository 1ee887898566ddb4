#pragma once

#include <cstddef>

#include "common/ip.h"
#include "common/result.h"
#include "dnsd/server/moving.h"

namespace dnsd {

/// Opens an address over UDP and TCP for every worker. Port 0 takes one that is free over both.
/// Errors: "cannot listen on 127.0.0.1:53 (UDP): permission denied; change dns.listen, or ...".
common::Expected<Listening> listen_on(const common::SocketAddress& address, std::size_t workers);
/// The same over TCP alone, for TLS; errors name dns.tls_listen.
common::Expected<Listening> listen_for_tls(const common::SocketAddress& address,
                                           std::size_t workers);

/// The same over the sockets that another server listens with, and still does: each is one socket,
/// of which both have a descriptor. Where it has fewer workers, more sockets are opened.
/// Precondition: it has no more.
common::Expected<Listening> listen_with(const MovedListening& moved, std::size_t workers);

}  // namespace dnsd
