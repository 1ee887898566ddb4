#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "admin/mesos_dns.h"

namespace admin {

/// {"app", "framework", "generation", "servers": [{"address", "port"}], "names": [{"name", "type",
/// "values": [...]}], "more"}: what an app's tasks and VIPs are called, and where that is answered.
/// First come the names that most of its tasks have; of those beyond the first hundred, only
/// their number is told. Nothing when the app is unknown.
///
/// framework  of the app; empty: whichever has it
/// Cost: a look at every task there is, and the names of those of the app.
std::optional<boost::json::value> describe_names(const MesosDnsView& view,
                                                 const std::string& app,
                                                 const std::string& framework);

}  // namespace admin
