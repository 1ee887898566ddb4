#pragma once

#include <string_view>

#include "config/vip_choices.h"

namespace watcher {

/// The PROXY header of a connection that is made for nobody, such as a check: UNKNOWN in version 1,
/// LOCAL in version 2. What expects a header takes it and serves the connection as it is.
/// Source: "The PROXY protocol", haproxy doc/proxy-protocol.txt, sections 2.1 and 2.2.
std::string_view proxy_greeting(config::ProxyVersion version);

}  // namespace watcher
