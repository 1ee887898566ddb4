#pragma once

#include <chrono>
#include <string>

namespace minimarathon {

using WallTime = std::chrono::system_clock::time_point;

/// "2016-10-13T13:31:39.067Z", as every document and event has it.
std::string to_timestamp(WallTime time);

/// Hands out version names: the time in milliseconds, but never the same twice.
class VersionClock {
 public:
  std::string next(WallTime now);

 private:
  WallTime last_{};
};

}  // namespace minimarathon
