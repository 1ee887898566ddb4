#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "common/published.h"
#include "config/settings.h"
#include "http/message.h"
#include "watcher/catalog/catalog.h"
#include "watcher/probe/failures.h"

namespace admin {

struct View;

/// What a proxy counted for one pool of a VIP, or has open with one backend of it.
struct PoolCounts {
  std::uint64_t sessions = 0;
  std::uint64_t open = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t ejections = 0;
  std::uint64_t early_resets = 0;
};

/// What explanations need beyond the pages' view; all of it outlives the server.
struct ExplainView {
  const config::Settings& settings;
  common::Ipv4Prefix pool;  // Where named VIPs get their addresses.
  const common::Published<watcher::CheckFailures>& failures;
  /// Not set where there is no vipd. Any thread.
  std::function<PoolCounts(const watcher::VipId&, const std::string& pool)> counts = {};
  std::function<std::uint64_t(
      const watcher::VipId&, const std::string& pool, const common::SocketAddress& backend)>
      open = {};
};

/// GET /v1/explain: why an answer, a virtual IP or an endpoint is as it is.
///
///   ?name=NAME[&type=TYPE]  what is answered, which scheme and tasks made it, who was left out
///   ?vip=NAME:PORT          its address, pools, weights, backends and what was counted; /udp if so
///   ?service=APP            every endpoint of an app, by its id or name, and why it does not pass
///
/// Errors are JSON: {"error": "..."}; 404 for a VIP or service that is not there, with the nearest
/// that are. A name that does not exist is an answer. Cost: a glance at every task and backend.
http::Response explain_page(const View& view, const http::Request& request);

}  // namespace admin
