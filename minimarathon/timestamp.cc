#include "minimarathon/timestamp.h"

#include <fmt/chrono.h>

#include <algorithm>

namespace minimarathon {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

std::string to_timestamp(WallTime time) {
  const auto since = duration_cast<milliseconds>(time.time_since_epoch());
  const auto second = duration_cast<std::chrono::seconds>(since);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(static_cast<std::time_t>(second.count())),
                     (since - second).count());
}

std::string VersionClock::next(WallTime now) {
  now = std::chrono::floor<milliseconds>(now);
  last_ = std::max(now, last_ + milliseconds(1));
  return to_timestamp(last_);
}

}  // namespace minimarathon
