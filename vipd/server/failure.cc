#include "vipd/server/failure.h"

#include <cerrno>

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

}  // namespace vipd
