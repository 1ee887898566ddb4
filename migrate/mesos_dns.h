#pragma once

#include <string_view>
#include <vector>

#include "migrate/import.h"

namespace migrate {

/// Reads a config.json of Mesos-DNS, upstream's and that of the fork by m3scluster. `origin` names
/// it in errors.
/// Errors: "config.json:3:9: no JSON: …", "config.json:3: ttl: expected a number"; an unknown key
/// with its line and the nearest known one. All of them, one a line.
common::Expected<Import> import_mesos_dns(std::string_view text, std::string_view origin);

std::vector<Row> mesos_dns_rows();

}  // namespace migrate
