#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dnsd/wire/header.h"
#include "dnsd/wire/types.h"

namespace dnsd {

/// One record of a message, for people.
struct RecordText {
  std::string owner;  // With a final dot.
  RrType type{};
  RrClass klass{};
  std::uint32_t ttl_s = 0;
  std::string data;  // As rdata_text() has it.
};

/// A whole message, taken apart for people.
struct MessageText {
  Header header;
  Rcode rcode{};  // With the upper bits of its OPT record.
  std::vector<RecordText> answers = {};
  std::vector<RecordText> authorities = {};
  std::vector<RecordText> additionals = {};  // Without the OPT record.
};

/// Nothing when it is malformed or cut.
std::optional<MessageText> read_message(std::span<const std::uint8_t> message);

/// A query with RD, and with EDNS that takes answers of 1232 octets.
std::vector<std::uint8_t> make_query(const std::string& wire_name, RrType type, std::uint16_t id);

}  // namespace dnsd
