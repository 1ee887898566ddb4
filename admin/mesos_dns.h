#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/published.h"
#include "config/settings.h"
#include "dnsd/zone/zone_builder.h"
#include "http/message.h"
#include "watcher/catalog/catalog.h"

namespace admin {

/// What the pages of Mesos-DNS are made of; the published values outlive it.
struct MesosDnsView {
  const common::Published<dnsd::Zone>& zones;
  const common::Published<watcher::Snapshot>& catalog;
  dnsd::ZoneOptions names;
  config::Settings settings;
};

/// The HTTP API of Mesos-DNS, byte for byte where a client could see it: /v1/version, /v1/config,
/// /v1/hosts/{host}, /v1/services/{service}, /v1/enumerate, /v1/axfr. Pure, from the view to the
/// answer. Nothing when the path is none of these; the method is the caller's affair.
///
/// Different from it: secrets are not told; a miss of /v1/hosts/.* is a miss, not an error.
std::optional<http::Response> mesos_dns_page(const MesosDnsView& view, std::string_view path);

/// As above, for a port of its own: 404 and 405 included.
http::Response mesos_dns_route(const MesosDnsView& view, const http::Request& request);

/// The paths above, for those who asked for another.
std::vector<std::string> mesos_dns_paths();

}  // namespace admin
