#pragma once

#include <chrono>
#include <optional>

#include "vipd/balance/ejection.h"

namespace vipd {

/// Lets a log line about something that lasts through now and then, however often it happens.
class Reminder {
 public:
  static constexpr std::chrono::minutes kAgain{1};

  bool is_due(TimePoint now) {
    if (last_ && now - *last_ < kAgain) return false;
    last_ = now;
    return true;
  }

 private:
  std::optional<TimePoint> last_;
};

}  // namespace vipd
