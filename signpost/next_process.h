#pragma once

#include <sys/types.h>

#include <optional>

#include "common/result.h"

namespace signpost {

/// The program of this process, or its newer version since it was replaced on disk, started anew
/// with the same arguments and capabilities: to take over.
class NextProcess {
 public:
  /// Errors name the program.
  common::Expected<pid_t> start();
  void reap();  // It may have ended, as it could not take over.

 private:
  std::optional<pid_t> child_;
};

}  // namespace signpost
