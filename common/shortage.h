#pragma once

#include <cerrno>

namespace common {

/// Whether a system call failed for want of something that this host is to give: descriptors,
/// memory or a source port. That says nothing about whoever was to be reached.
inline bool is_shortage(int error_number) {
  switch (error_number) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN:         // connect() over UDP: no source port is free.
    case EADDRNOTAVAIL:  // The same over TCP.
      return true;
    default:
      return false;
  }
}

}  // namespace common
