#pragma once

#include <sys/random.h>

namespace dnsd {

/// Of the kernel's generator, for secrets.
template <class T>
T random_value() {
  T value{};
  // Of so few octets the call is never interrupted, and it waits for enough entropy.
  static_assert(sizeof value <= 256);
  [[maybe_unused]] const ssize_t got = getrandom(&value, sizeof value, 0);
  return value;
}

}  // namespace dnsd
