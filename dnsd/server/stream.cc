#include "dnsd/server/stream.h"

#include <sys/socket.h>

namespace dnsd {

std::ptrdiff_t Stream::receive(std::span<std::uint8_t> out) {
  if (tls_) return tls_->receive(out);
  return recv(fd(), out.data(), out.size(), MSG_DONTWAIT);
}

std::ptrdiff_t Stream::send(std::span<const std::uint8_t> octets) {
  if (tls_) return tls_->send(octets);
  return ::send(fd(), octets.data(), octets.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

}  // namespace dnsd
