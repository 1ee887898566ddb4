#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "dnsd/wire/name.h"
#include "dnsd/wire/reader.h"

namespace dnsd {

/// ERROR of a TSIG record (RFC 8945 section 3).
enum class TsigError : std::uint16_t {
  None = 0,
  BadSig = 16,
  BadKey = 17,
  BadTime = 18,
  BadTrunc = 22
};

/// A TSIG record, taken apart (RFC 8945 section 4.2). Names are in lower case.
struct Tsig {
  Name key;
  Name algorithm;
  std::uint64_t time_s = 0;  // 48 bits.
  std::uint16_t fudge_s = 300;
  std::string mac;
  std::uint16_t original_id = 0;
  TsigError error = TsigError::None;
  std::string other;
};

/// Reads the record at `offset` of a message, which it must end. Nothing when malformed.
std::optional<Tsig> parse_tsig(std::span<const std::uint8_t> message, std::size_t offset);

/// The record in wire form, names uncompressed.
std::string tsig_record(const Tsig& tsig);

/// The fields that a MAC covers besides the message (section 4.3.3); for messages that follow
/// another of the same stream, the times only (section 5.3.1).
std::string tsig_variables(const Tsig& tsig);
std::string tsig_timers(const Tsig& tsig);

}  // namespace dnsd
