#pragma once

#include <atomic>
#include <chrono>

#include "common/metrics.h"

namespace signpost {

/// Whether the configuration that is in the file is the one that is served. Written by the main
/// thread, read by any.
class LastReload {
 public:
  void note(bool successful) {
    successful_ = successful;
    if (successful) at_ = std::chrono::system_clock::now();
  }

  void describe(common::MetricsPage& page) const {
    page.gauge("signpost_config_last_reload_successful",
               "1 while the configuration read last is served, 0 when it was refused.",
               successful_ ? 1 : 0);
    page.gauge("signpost_config_last_reload_success_timestamp_seconds",
               "When a configuration was taken up last, in seconds since 1970.",
               std::chrono::duration<double>(at_.load().time_since_epoch()).count());
  }

 private:
  std::atomic<bool> successful_{true};
  std::atomic<std::chrono::system_clock::time_point> at_{std::chrono::system_clock::now()};
};

}  // namespace signpost
