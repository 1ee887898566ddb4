#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "watcher/vips/bindings.h"

namespace watcher {

/// What labels ask for a port behind a VIP: SIGNPOST_<WHAT> among the labels of the port, then
/// SIGNPOST_<n>_<WHAT> of the app for its port n, then SIGNPOST_<WHAT> of the app for all of them;
/// the first of these counts. A service port follows marathon-lb's HAPROXY_<n>_BALANCE and
/// HAPROXY_<n>_STICKY where these are silent.
/// Bad values are left out here, and reported by report_port_options().
PortOptions port_options(const Task& task, const Binding& binding);

/// "keep", "wait", "close", or a duration: to wait for so long.
std::optional<config::DrainRule> parse_drain(std::string_view text);
std::string print_drain(const config::DrainRule& rule);  // What it reads back.

/// The label SIGNPOST_<what> that counts for a port, by key and value; `index` is its place in the
/// list of definitions.
std::optional<Labels::value_type> port_label(const Task& task,
                                             std::size_t port,
                                             std::size_t index,
                                             std::string_view what);

/// The weight that labels give a port, in the order above; without a port, that of the app as a
/// whole. Nothing without a label, or with one that is no weight.
std::optional<std::uint32_t> weight_of(const Task& task, std::optional<std::size_t> port);

/// Adds what is wrong with the labels above and what of marathon-lb's is not honoured, for every
/// port that stands behind a VIP.
void report_port_options(const Task& task, Bindings& out);

}  // namespace watcher
