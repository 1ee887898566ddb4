#pragma once

#include <chrono>
#include <thread>

namespace signpost {

/// Looks again and again until `holds()` is true; false when it still is not after `limit`.
template <class Holds>
bool wait_until(Holds holds, std::chrono::seconds limit = std::chrono::seconds(30)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace signpost
