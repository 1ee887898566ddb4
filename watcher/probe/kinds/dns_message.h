#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace watcher::probe {

/// A query for the address of a name, RFC 1035 section 4. Precondition: config::is_domain_name().
std::string dns_query(std::string_view name, std::uint16_t id);

/// What is wrong with an answer to the query of that id; empty when it says NOERROR.
std::string dns_problem(std::string_view answer, std::uint16_t id);

}  // namespace watcher::probe
