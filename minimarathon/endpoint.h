#pragma once

#include <sys/socket.h>

#include <cstring>

#include "common/ip.h"

namespace minimarathon {

/// An address as an Asio endpoint: asio::ip::tcp::endpoint or udp::endpoint.
template <class Endpoint>
Endpoint to_endpoint(const common::SocketAddress& address) {
  sockaddr_storage storage;
  Endpoint endpoint;
  endpoint.resize(address.to_sockaddr(storage));
  std::memcpy(endpoint.data(), &storage, endpoint.size());
  return endpoint;
}

}  // namespace minimarathon
