#include "dnsd/wire/tsig.h"

#include "dnsd/wire/rdata.h"
#include "dnsd/wire/types.h"

namespace dnsd {
namespace {

void append_u48(std::string& out, std::uint64_t value) {
  append_u16(out, static_cast<std::uint16_t>(value >> 32U));
  append_u32(out, static_cast<std::uint32_t>(value));
}

std::optional<std::uint64_t> read_u48(Reader& reader) {
  const auto high = reader.u16();
  const auto low = reader.u32();
  if (!high || !low) return std::nullopt;
  return std::uint64_t{*high} << 32U | *low;
}

/// Octets behind their length.
std::optional<std::string> read_counted(Reader& reader) {
  const auto size = reader.u16();
  const auto octets = size ? reader.take(*size) : std::nullopt;
  if (!octets) return std::nullopt;
  return std::string(octets->begin(), octets->end());
}

void append_counted(std::string& out, std::string_view octets) {
  append_u16(out, static_cast<std::uint16_t>(octets.size()));
  out += octets;
}

std::optional<Name> read_name(Reader& reader) {
  auto name = Name::parse(reader);
  if (name) name->make_lower();
  return name;
}

bool read_data(Reader& reader, Tsig& tsig) {
  const auto algorithm = read_name(reader);
  const auto time_s = read_u48(reader);
  const auto fudge_s = reader.u16();
  auto mac = read_counted(reader);
  const auto original_id = reader.u16();
  const auto error = reader.u16();
  auto other = read_counted(reader);
  if (!algorithm || !time_s || !fudge_s || !mac || !original_id || !error || !other) return false;
  tsig.algorithm = *algorithm;
  tsig.time_s = *time_s;
  tsig.fudge_s = *fudge_s;
  tsig.mac = std::move(*mac);
  tsig.original_id = *original_id;
  tsig.error = static_cast<TsigError>(*error);
  tsig.other = std::move(*other);
  return true;
}

}  // namespace

std::optional<Tsig> parse_tsig(std::span<const std::uint8_t> message, std::size_t offset) {
  Reader reader(message, offset);
  Tsig tsig;
  const auto key = read_name(reader);
  const auto type = reader.u16();
  const auto klass = reader.u16();
  const auto ttl = reader.u32();
  const auto length = reader.u16();
  if (!key || !type || !klass || !ttl || !length) return std::nullopt;
  const bool is_tsig = static_cast<RrType>(*type) == RrType::Tsig &&
                       static_cast<RrClass>(*klass) == RrClass::Any && *ttl == 0;
  if (!is_tsig || *length != reader.remaining()) return std::nullopt;
  tsig.key = *key;
  if (!read_data(reader, tsig) || !reader.at_end()) return std::nullopt;
  return tsig;
}

std::string tsig_record(const Tsig& tsig) {
  std::string data(tsig.algorithm.wire());
  append_u48(data, tsig.time_s);
  append_u16(data, tsig.fudge_s);
  append_counted(data, tsig.mac);
  append_u16(data, tsig.original_id);
  append_u16(data, static_cast<std::uint16_t>(tsig.error));
  append_counted(data, tsig.other);
  std::string record(tsig.key.wire());
  append_u16(record, static_cast<std::uint16_t>(RrType::Tsig));
  append_u16(record, static_cast<std::uint16_t>(RrClass::Any));
  append_u32(record, 0);
  append_counted(record, data);
  return record;
}

std::string tsig_variables(const Tsig& tsig) {
  std::string out(tsig.key.wire());
  append_u16(out, static_cast<std::uint16_t>(RrClass::Any));
  append_u32(out, 0);
  out += tsig.algorithm.wire();
  out += tsig_timers(tsig);
  append_u16(out, static_cast<std::uint16_t>(tsig.error));
  append_counted(out, tsig.other);
  return out;
}

std::string tsig_timers(const Tsig& tsig) {
  std::string out;
  append_u48(out, tsig.time_s);
  append_u16(out, tsig.fudge_s);
  return out;
}

}  // namespace dnsd
