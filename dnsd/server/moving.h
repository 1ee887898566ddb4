#pragma once

#include <vector>

#include "common/ip.h"
#include "common/unique_fd.h"

/// What passes from one dnsd to the next, in this process or another.
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

struct MovedListening {
  common::SocketAddress configured;  // Perhaps with port 0.
  bool tls = false;
  Listening listening;
};

struct Moving {
  std::vector<MovedListening> listening;
  /// Connections in the clear that waited for their client's next query, by worker.
  std::vector<std::vector<common::UniqueFd>> idle;

  /// How many workers shared the sockets; 0 when nothing moves.
  std::size_t workers() const {
    return listening.empty() ? 0 : listening.front().listening.workers.size();
  }
};

}  // namespace dnsd
