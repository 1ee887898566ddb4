#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bench {

/// One query as it goes over the wire, but for its id.
using Query = std::string;

/// Reads lines of "NAME TYPE", e.g. "web.marathon.mesos A", and makes a query with EDNS (1232
/// octets) of each. Ends the program with a message when a line makes no sense.
std::vector<Query> read_queries(const char* path);

/// Gives a query its id.
void set_id(Query& query, std::uint16_t id);

}  // namespace bench
