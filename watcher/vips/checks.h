#pragma once

#include "watcher/vips/bindings.h"

namespace watcher {

/// Says for each port that stands behind a VIP how it is to be checked, by the first of these that
/// speaks: the operator (VipRules::app_checks), a label SIGNPOST_CHECK (as those of
/// port_options()), the orchestrator's definition. Labels that cannot be used are reported.
void choose_checks(const Task& task, const VipRules& rules, Bindings& out);

/// The check of a port whose backends get PROXY headers sends one too, as they would drop it
/// otherwise: unless it says something about that itself, asks another port or speaks no TCP.
config::SharedCheck greeting_as(const PortOptions& options, const Binding& binding);

/// Whether an endpoint with that check is checked at all. UDP alone tells nothing without knowing
/// the protocol above it.
bool is_checked(Protocol protocol, const config::Check& check);

}  // namespace watcher
