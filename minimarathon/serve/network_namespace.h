#pragma once

#include "common/result.h"

namespace minimarathon::serve {

/// Moves this process into a new network that has nothing but a loopback interface; sockets made
/// before stay where they are. Without root, a user namespace comes along, in which the user keeps
/// its number. Low ports may be bound by anyone inside. Needs a process with one thread.
/// Errors: NotPermitted or Unavailable when the kernel refuses; then nothing has changed.
common::Expected<void> enter_own_network();

}  // namespace minimarathon::serve
