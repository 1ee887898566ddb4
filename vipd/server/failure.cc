#include "vipd/server/failure.h"

#include <cerrno>
#include <string>
#include <system_error>

#include "common/log.h"

namespace vipd {

ConnectFailure failure_of(int error) {
  switch (error) {
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
      return ConnectFailure::Refused;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
      return ConnectFailure::Unreachable;
    case ETIMEDOUT:
      return ConnectFailure::Timeout;
    default:
      return ConnectFailure::Local;
  }
}

bool out_of_descriptors(int error) { return error == EMFILE || error == ENFILE; }

bool out_of_resources(int error) {
  return out_of_descriptors(error) || error == ENOBUFS || error == ENOMEM;
}

/// connect() without a port says EADDRNOTAVAIL over TCP and EAGAIN over UDP.
std::string why_untried(int error) {
  if (error == EADDRNOTAVAIL || error == EAGAIN) {
    return "no source port is left; widen net.ipv4.ip_local_port_range, or add backends";
  }
  const std::string reason = std::generic_category().message(error);
  if (out_of_descriptors(error)) return reason + "; raise the limit (LimitNOFILE, ulimit -n)";
  return reason + "; see whether a firewall rule of this host forbids it";
}

void warn_untried(const Service& service, const common::SocketAddress& backend, int error) {
  common::log::warn("vip={} backend={} cannot be tried: {}; other backends are tried meanwhile",
                    service.vip->id.to_string(),
                    backend.to_string(),
                    why_untried(error));
}

}  // namespace vipd
