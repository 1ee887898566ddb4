#pragma once

#include "signpost/desk.h"

namespace signpost {

struct TopOptions {
  bool once = false;
  double interval_s = 1;
};

/// Shows what a running Signpost does, again and again until it is told to stop; once where that is
/// asked for, and where there is no terminal. Returns the exit status.
int top(const Desk& desk, const TopOptions& options);

}  // namespace signpost
