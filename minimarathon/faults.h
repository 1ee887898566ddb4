#pragma once

#include "http/message.h"
#include "minimarathon/event_bus.h"

namespace minimarathon {

/// PUT /faults {"events": "deliver" | "drop" | "stall" | "cut"}: makes the event bus fail as real
/// ones do, for tests. Nothing of Marathon's; served only where the settings allow it.
http::Response set_faults(const http::Request& request, EventBus& bus);

}  // namespace minimarathon
