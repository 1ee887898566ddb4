#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dnsd/wire/reader.h"
#include "dnsd/wire/types.h"

/// DNS as people read it: what the numbers of types and codes are called, and records in the form
/// of master files (RFC 1035 section 5, RFC 3597 for what has no form of its own).
namespace dnsd {

/// "SRV"; "TYPE65300" for one without a name (RFC 3597 section 5).
std::string type_text(RrType type);
/// In any case; nothing for what is no type.
std::optional<RrType> parse_type(std::string_view text);
std::vector<std::string> type_names();  // Of those that have one.

/// "NXDOMAIN"; "RCODE11" for one without a name.
std::string rcode_text(Rcode rcode);

/// The data of a record that ends where the reader will be after `size` octets; names in it may
/// point elsewhere in the reader's message. What is malformed comes as octets, as RFC 3597 has it.
std::string rdata_text(RrType type, Reader reader, std::size_t size);
std::string rdata_text(RrType type, std::string_view rdata);  // Without such pointers.

}  // namespace dnsd
