#include "dnsd/query/chaos.h"

#include <array>
#include <string_view>

#include "dnsd/zone/rrset.h"

namespace dnsd {
namespace {

using namespace std::string_view_literals;

std::string_view text_of(std::string_view name, const RespondOptions& options) {
  if (name == "\7version\4bind\0"sv || name == "\7version\6server\0"sv) return options.version;
  if (name == "\2id\6server\0"sv || name == "\10hostname\4bind\0"sv) return options.server_id;
  return {};
}

/// "QNAME 0 CH TXT text", of less than 256 octets.
bool add_text(std::string_view text, MessageWriter& out) {
  const auto size = static_cast<std::uint8_t>(text.size());
  const std::array<std::uint8_t, RrSet::kFixedSize + 1> head{
      kQuestionPointer >> 8U,
      kQuestionPointer & 0xffU,
      0,
      static_cast<std::uint8_t>(RrType::Txt),
      0,
      static_cast<std::uint8_t>(RrClass::Ch),
      0,
      0,
      0,
      0,  // TTL
      static_cast<std::uint8_t>((size + 1U) >> 8U),
      static_cast<std::uint8_t>(size + 1U),
      size};
  const std::span octets(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  const auto start = out.mark(Section::Answer);
  if (out.add(Section::Answer, head) && out.add(Section::Answer, octets, 0)) return true;
  out.roll_back(start);
  return false;
}

}  // namespace

Rcode answer_chaos(const Query& query, const RespondOptions& options, Reply& reply) {
  const bool is_text = query.type == RrType::Txt || query.type == RrType::Any;
  const std::string_view text = text_of(query.name.wire(), options);
  if (!is_text || text.empty()) return Rcode::Refused;
  reply.header.authoritative = true;
  if (!add_text(text, reply.out)) reply.header.truncated = true;
  return Rcode::NoError;
}

}  // namespace dnsd
