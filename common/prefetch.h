#pragma once

namespace common {

/// Asks for a line of memory to be brought into the caches, without waiting for it. Any address
/// will do.
inline void prefetch(const void* address) {
  __builtin_prefetch(address);
  // Otherwise GCC takes a function that does no more than this for one without effect, and leaves
  // its calls out.
  asm volatile("" : : "r"(address));
}

}  // namespace common
