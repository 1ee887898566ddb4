#include "dnsd/wire/message_text.h"

#include <utility>

#include "dnsd/wire/name.h"
#include "dnsd/wire/opt.h"
#include "dnsd/wire/rdata.h"
#include "dnsd/wire/reader.h"
#include "dnsd/wire/text.h"

namespace dnsd {
namespace {

std::optional<RecordText> read_record(Reader& reader) {
  const auto owner = Name::parse(reader);
  const auto type = owner ? reader.u16() : std::nullopt;
  const auto klass = type ? reader.u16() : std::nullopt;
  const auto ttl = klass ? reader.u32() : std::nullopt;
  const auto size = ttl ? reader.u16() : std::nullopt;
  if (!size || reader.remaining() < *size) return std::nullopt;
  RecordText record{.owner = owner->to_text(),
                    .type = static_cast<RrType>(*type),
                    .klass = static_cast<RrClass>(*klass),
                    .ttl_s = *ttl,
                    .data = rdata_text(static_cast<RrType>(*type), reader, *size)};
  reader.take(*size);
  return record;
}

bool read_section(Reader& reader, std::size_t count, std::vector<RecordText>& into) {
  for (std::size_t i = 0; i < count; ++i) {
    auto record = read_record(reader);
    if (!record) return false;
    into.push_back(std::move(*record));
  }
  return true;
}

/// RFC 6891 section 6.1.3: the upper eight bits of the RCODE are the first of the TTL.
void take_out_opt(MessageText& message) {
  std::erase_if(message.additionals, [&message](const RecordText& record) {
    if (record.type != RrType::Opt) return false;
    const std::uint32_t upper = record.ttl_s >> 24U << 4U;
    message.rcode = static_cast<Rcode>(static_cast<std::uint32_t>(message.rcode) | upper);
    return true;
  });
}

}  // namespace

std::optional<MessageText> read_message(std::span<const std::uint8_t> octets) {
  Reader reader(octets);
  const auto header = Header::parse(reader);
  if (!header) return std::nullopt;
  MessageText message{.header = *header, .rcode = header->rcode};
  for (int i = 0; i < header->questions; ++i) {
    if (!Name::parse(reader) || !reader.u32()) return std::nullopt;
  }
  const bool whole = read_section(reader, header->answers, message.answers) &&
                     read_section(reader, header->authorities, message.authorities) &&
                     read_section(reader, header->additionals, message.additionals);
  if (!whole) return std::nullopt;
  take_out_opt(message);
  return message;
}

std::vector<std::uint8_t> make_query(const std::string& wire_name, RrType type, std::uint16_t id) {
  constexpr std::uint16_t kPayload = 1232;  // RFC 9715
  std::string octets;
  append_u16(octets, id);
  append_u16(octets, 0x0100);
  for (const bool counted : {true, false, false, true}) append_u16(octets, counted ? 1 : 0);
  octets += wire_name;
  append_u16(octets, static_cast<std::uint16_t>(type));
  append_u16(octets, static_cast<std::uint16_t>(RrClass::In));
  std::vector<std::uint8_t> query(octets.begin(), octets.end());
  const auto opt = make_opt(kPayload, Rcode::NoError);
  query.insert(query.end(), opt.begin(), opt.end());
  return query;
}

}  // namespace dnsd
