#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "dnsd/zone/zone.h"

/// Records as Mesos-DNS's API writes them.
namespace admin {

/// How often clients of the API should look again; we are never older than that.
inline constexpr int kRefreshSeconds = 1;

/// "A", "AAAA" or "SRV"; empty for the types the API does not know.
std::string type_word(dnsd::RrType type);
/// "10.0.0.1", "fd01::1", "web-iffe9-s0.marathon.mesos.:31000". Precondition: a type with a word.
std::string value_text(dnsd::RrType type, std::string_view rdata);

/// The published values of one name, in any case; none when there is no such name.
std::vector<std::string> values_at(const dnsd::Zone& zone,
                                   const std::string& name,
                                   dnsd::RrType type);
/// {name: [value]} of every name at or below the domain, by name. Cost: all names of all zones.
boost::json::object records_below(const dnsd::Zone& zone,
                                  const dnsd::Name& domain,
                                  dnsd::RrType type);

}  // namespace admin
