#pragma once

#include <string_view>

#include "config/types.h"

namespace config {

/// A line in the manner of RFC 1035 section 5.1: owner, perhaps a TTL in seconds, type, data. Names
/// are absolute, with a final dot or without; TXT strings stand in double quotes where they hold
/// blanks, with \" and \\ for those two. The types: A, AAAA, CNAME, MX, PTR, SRV, TXT.
template <>
struct Type<StaticRecord> {
  static constexpr std::string_view kName = "record such as 'web.mesos 60 A 10.0.0.5'";
  static constexpr std::string_view kExpected = kName;
  static Parsed<StaticRecord> parse(std::string_view text);
  static std::string print(const StaticRecord& value);
};

/// May this stand as a name in the configuration? Letters, digits, '-' and '_' in labels of 1 to
/// 63, 253 in all.
bool is_domain_name(std::string_view text);
/// Is `name` the domain or below it? Both in lower case, without a final dot.
bool is_in_domain(std::string_view name, std::string_view domain);

}  // namespace config
