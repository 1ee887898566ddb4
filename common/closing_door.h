#pragma once

#include <chrono>

namespace common {

/// A listener that is to close without cutting off anybody takes two steps. From this call on
/// nobody new gets in: who knocks hears neither yes nor no, and knocks again, in vain or at whoever
/// listens by then. Handshakes under way go on for kHandshakeTime; then what waits is to be
/// accepted, and the listener may be closed. Where the kernel refuses, the two steps are as good as
/// an ordinary close.
void ignore_newcomers(int listener);

/// Many times what the last step of a handshake takes in one network.
inline constexpr std::chrono::milliseconds kHandshakeTime{100};

}  // namespace common
