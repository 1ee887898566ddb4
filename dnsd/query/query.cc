#include "dnsd/query/query.h"

namespace dnsd {
namespace {

/// More records than an honest query carries: an OPT, a TSIG or SIG(0), the SOA of an IXFR.
constexpr int kMaxRecords = 4;
constexpr std::size_t kFixedSize = 8;  // CLASS, TTL, RDLENGTH

bool read_question(Reader& reader, Query& query) {
  // Nothing stands before a question that a pointer could mean, and what it points at is not the
  // same in the reply that repeats it.
  if (!query.name.read_key(reader)) return false;
  const auto type = reader.u16();
  const auto klass = reader.u16();
  if (!type || !klass) return false;
  query.type = static_cast<RrType>(*type);
  query.klass = static_cast<RrClass>(*klass);
  query.question = query.message.subspan(Header::kSize, reader.position() - Header::kSize);
  return true;
}

/// RFC 6891 section 6.1.1: the root as owner, in the additional section, once.
bool take_opt(Reader& reader, const Name& owner, bool additional, Query& query) {
  if (owner.size() != 1 || !additional || query.edns) return false;
  if (read_opt(reader, query.edns.emplace())) return true;
  query.edns.reset();
  return false;
}

bool skip_record_body(Reader& reader) {
  if (!reader.u16() || !reader.u32()) return false;  // CLASS, TTL
  const auto length = reader.u16();
  return length && reader.take(*length);
}

/// RFC 1995 section 3: the version of the zone that the client has.
bool read_soa(Reader& reader, Query& query) {
  Reader data = reader;
  if (!skip_record_body(reader)) return false;
  data.take(kFixedSize);
  if (!Name::parse(data) || !Name::parse(data)) return false;
  query.soa_serial = data.u32();
  return query.soa_serial.has_value() && data.position() <= reader.position();
}

/// RFC 8945 section 5.1: the last record of the message; anywhere else it is no signature.
bool read_tsig(Reader& reader, std::size_t start, bool additional, Query& query) {
  if (!additional || !skip_record_body(reader) || !reader.at_end()) return false;
  query.tsig_at = start;
  return true;
}

bool read_record(Reader& reader, bool additional, Query& query) {
  const std::size_t start = reader.position();
  Name owner;
  if (!owner.read(reader)) return false;
  const auto type = reader.u16();
  if (!type) return false;
  switch (static_cast<RrType>(*type)) {
    case RrType::Opt:
      return take_opt(reader, owner, additional, query);
    case RrType::Tsig:
      return read_tsig(reader, start, additional, query);
    case RrType::Soa:
      return additional ? skip_record_body(reader) : read_soa(reader, query);
    default:
      return skip_record_body(reader);
  }
}

bool read_records(Reader& reader, Query& query) {
  const int before = query.header.answers + query.header.authorities;
  const int total = before + query.header.additionals;
  if (total > kMaxRecords) return false;
  for (int i = 0; i < total; ++i) {
    if (!read_record(reader, i >= before, query)) return false;
  }
  return reader.at_end();
}

Intake read(std::span<const std::uint8_t> message, Query& query) {
  Reader reader(message);
  const Header& header = query.header;
  // Replying to a reply would let two servers talk for ever (CVE-2024-2169).
  if (!query.header.read(reader) || header.response) return Intake::Drop;
  if (header.opcode != Opcode::Query) return Intake::NotImp;
  if (header.questions > 1) return Intake::FormErr;  // RFC 9619
  if (header.questions == 1 && !read_question(reader, query)) return Intake::FormErr;
  if (!read_records(reader, query)) return Intake::FormErr;
  if (query.edns && query.edns->version != 0) return Intake::BadVers;
  if (header.questions == 1) return Intake::Answer;
  return query.edns && !query.edns->cookie.empty() ? Intake::CookieOnly : Intake::FormErr;
}

}  // namespace

Query::Query(std::span<const std::uint8_t> octets) : message(octets) {
  intake = read(octets, *this);
}

}  // namespace dnsd
