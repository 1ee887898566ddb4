#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.h"
#include "vipd/balance/balancer.h"
#include "watcher/vips/vip.h"

namespace vipd {

/// How to balance a VIP: as the labels of its apps ask, else as configured. Where apps behind one
/// VIP disagree, the one that comes first by name decides.
/// `seed` differs between workers.
Balancer::Options balancing_of(const watcher::Vip& vip,
                               const config::Vip& defaults,
                               std::uint64_t seed);

/// Whether clients of a VIP begin with a PROXY header; by the same rule.
bool accepts_proxy_header(const watcher::Vip& vip);

/// By which server names TLS clients reach a VIP at vip.sni_listen: those that labels of its apps
/// and vip.sni_routes give it.
std::vector<std::string> server_names_of(const watcher::Vip& vip, const config::Vip& options);

/// How long sessions of a target that goes, or that rests at weight 0, may live on; none: for as
/// long as they like.
std::optional<std::chrono::milliseconds> drain_limit(const Target& target,
                                                     const config::Vip& defaults);

}  // namespace vipd
