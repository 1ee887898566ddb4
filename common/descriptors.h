#pragma once

#include <sys/resource.h>

namespace common {

/// Allows this process as many descriptors as it may have. The soft limit is there for programs
/// that use select(), which we don't.
inline void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace common
