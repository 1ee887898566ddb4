#include "dnsd/query/respond.h"

#include <algorithm>

#include "dnsd/forward/resolved.h"
#include "dnsd/query/alias.h"
#include "dnsd/query/answer.h"
#include "dnsd/query/chaos.h"
#include "dnsd/query/query.h"
#include "dnsd/query/reply.h"
#include "dnsd/wire/opt.h"

namespace dnsd {
namespace {

constexpr std::size_t kMinUdpPayload = 512;  // RFC 1035 section 4.2.1, RFC 6891 section 6.2.3
constexpr std::size_t kMaxTcpMessage = 65535;
constexpr std::size_t kZoneVersionSize = 6;  // Without the option's code and length.
constexpr std::size_t kOptionHead = 4;

std::size_t size_limit(const Query& query, const RespondOptions& options, std::size_t room) {
  room -= options.reserve;
  if (is_stream(options.transport)) return std::min(kMaxTcpMessage, room);
  if (!query.edns) return std::min(kMinUdpPayload - options.reserve, room);
  const std::size_t wanted = std::min(query.edns->udp_payload, options.udp_payload);
  return std::min(std::max(wanted, kMinUdpPayload) - options.reserve, room);
}

std::span<const std::uint8_t> octets_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The options that do not depend on the answer.
void add_asked_options(const Edns& asked,
                       const RespondOptions& options,
                       Reply& reply,
                       OptionList& list) {
  if (!asked.cookie.empty() && options.cookies != nullptr) {
    const auto& jar = *options.cookies;
    reply.proven = jar.is_ours(asked.cookie, options.client, options.now_s);
    list.add(EdnsOption::Cookie, jar.bake(asked.cookie, options.client, options.now_s));
  }
  if (asked.nsid && !options.server_id.empty()) {
    list.add(EdnsOption::Nsid, octets_of(options.server_id));
  }
  if (asked.keepalive && is_stream(options.transport)) {
    list.add_u16(EdnsOption::Keepalive, options.keepalive_ds);
  }
}

/// RFC 9660 section 3: how many labels the zone's name has, "SOA serial", the serial.
void add_zone_version(const Zone::Apex& apex, std::uint32_t serial, OptionList& list) {
  std::uint8_t labels = 0;
  for (std::string_view name = apex.name; name.size() > 1; name = parent_of(name)) ++labels;
  const std::array<std::uint8_t, kZoneVersionSize> data{labels,
                                                        0,
                                                        static_cast<std::uint8_t>(serial >> 24U),
                                                        static_cast<std::uint8_t>(serial >> 16U),
                                                        static_cast<std::uint8_t>(serial >> 8U),
                                                        static_cast<std::uint8_t>(serial)};
  list.add(EdnsOption::ZoneVersion, data);
}

/// RFC 8467 section 4.1: replies over TLS whose client pads, too, have a multiple of so many
/// octets.
constexpr std::size_t kPaddingBlock = 468;
using PaddingOption = std::array<std::uint8_t, kOptionHead + kPaddingBlock>;

/// The octets of the option that fill the last block behind so many more; 0: it would not fit.
std::size_t padding_for(std::size_t more, const MessageWriter& out) {
  const std::size_t used = out.size() + more + kOptionHead;
  const std::size_t fill = (kPaddingBlock - used % kPaddingBlock) % kPaddingBlock;
  return more + kOptionHead + fill <= out.room() ? kOptionHead + fill : 0;
}

/// The option, of which only so many octets are of use.
PaddingOption padding_option(std::size_t size) {
  const std::size_t fill = size - kOptionHead;
  PaddingOption option{};
  option[1] = static_cast<std::uint8_t>(EdnsOption::Padding);
  option[2] = static_cast<std::uint8_t>(fill >> 8U);
  option[3] = static_cast<std::uint8_t>(fill);
  return option;
}

/// The OPT record of a reply: its place is kept free until the answer is known.
class OptRecord {
 public:
  OptRecord(const Query& query, const RespondOptions& options, Reply& reply)
      : edns_(query.edns ? &*query.edns : nullptr),
        payload_(options.udp_payload),
        is_padded_(edns_ != nullptr && edns_->padding && options.transport == Transport::Tls) {
    if (edns_ == nullptr) return;
    // RFC 8906 section 8.2: of a version we don't know, no option is understood.
    if (query.intake != Intake::BadVers) add_asked_options(*edns_, options, reply, list_);
    reserved_ = kOptSize + list_.octets().size() +
                (edns_->zone_version ? kOptionHead + kZoneVersionSize : 0);
    reply.out.reserve(reserved_);
  }

  /// `serial`: of the zone that answers, if any.
  void write(Rcode rcode, std::uint32_t serial, Reply& reply) {
    if (edns_ == nullptr) return;
    if (edns_->zone_version && reply.header.authoritative && reply.apex != nullptr) {
      add_zone_version(*reply.apex, serial, list_);
    }
    if (reply.error) {
      list_.add_u16(EdnsOption::ExtendedError, static_cast<std::uint16_t>(*reply.error));
    }
    reply.out.release(reserved_);
    const auto options = list_.octets();
    const std::size_t padding = is_padded_ ? padding_for(kOptSize + options.size(), reply.out) : 0;
    const auto size = static_cast<std::uint16_t>(options.size() + padding);
    reply.out.add(Section::Additional, make_opt(payload_, rcode, size));
    reply.out.add(Section::Additional, options, 0);
    if (padding == 0) return;
    const PaddingOption option = padding_option(padding);
    reply.out.add(Section::Additional, std::span(option).first(padding), 0);
  }

 private:
  const Edns* edns_;
  std::uint16_t payload_;
  bool is_padded_;
  OptionList list_;
  std::size_t reserved_ = 0;
};

Rcode rcode_of(Intake intake) {
  switch (intake) {
    case Intake::FormErr:
      return Rcode::FormErr;
    case Intake::NotImp:
      return Rcode::NotImp;
    case Intake::BadVers:
      return Rcode::BadVers;
    case Intake::Answer:
    case Intake::CookieOnly:
    case Intake::Drop:
      break;
  }
  return Rcode::NoError;
}

/// Fills a new header in its place: one copied right after it was written waits for the writing.
void begin_header(const Query& query, const RespondOptions& options, Header& header) {
  header.id = query.header.id;
  header.response = true;
  header.opcode = query.header.opcode;
  // RFC 8906 section 8.1: of an opcode we don't know, no flag is repeated.
  const bool is_query = query.header.opcode == Opcode::Query;
  header.recursion_desired = is_query && query.header.recursion_desired;
  header.recursion_available = is_query && options.recursion == Recursion::Offered;
}

Rcode fill(const Query& query, const Zone& zone, const RespondOptions& options, Reply& reply) {
  if (options.truncation == Truncation::Always) {
    reply.header.truncated = true;
    return Rcode::NoError;
  }
  if (query.klass == RrClass::Ch) return answer_chaos(query, options, reply);
  return answer(query, zone, options, reply);
}

/// Those that lead from the question out of our zones; none where it is not in one.
void add_own_aliases(const Query& query, const Zone& zone, const AnswerStyle& style, Reply& reply) {
  const Place question{Header::kSize, query.name.wire()};
  reply.outside = question;
  if (zone.apex_of(question.name) == nullptr) return;
  const Node* node = zone.find(question.name);
  if (node == nullptr || node->find(RrType::Cname).empty()) return;
  reply.header.authoritative = true;
  add_alias(*node, query.type, zone, question, style, reply);
}

/// Everything but the answer itself, which `fill` adds to a query that deserves one.
template <class Fill>
Response make_response(const Query& query,
                       const RespondOptions& options,
                       std::span<std::uint8_t> out,
                       std::uint32_t serial,
                       const Fill& fill) {
  if (query.intake == Intake::Drop) return {};

  Reply reply(MessageWriter(out, size_limit(query, options, out.size())));
  begin_header(query, options, reply.header);
  OptRecord opt(query, options, reply);
  if (!query.question.empty()) reply.out.add(Section::Question, query.question);
  const bool is_clear = query.intake == Intake::Answer;
  const Rcode rcode = is_clear ? fill(reply) : rcode_of(query.intake);
  opt.write(rcode, serial, reply);
  reply.header.rcode = rcode;
  const bool special = query.tsig_at != 0 || is_transfer(query.type);
  return {reply.out.finish(reply.header),
          rcode,
          reply.header.truncated,
          special,
          reply.proven,
          reply.foreign,
          static_cast<std::uint16_t>(reply.foreign ? reply.outside.offset : 0)};
}

}  // namespace

Response respond(const Query& query,
                 const Zone& zone,
                 const RespondOptions& options,
                 std::span<std::uint8_t> out) {
  const auto from_zone = [&](Reply& reply) { return fill(query, zone, options, reply); };
  return make_response(query, options, out, zone.serial(), from_zone);
}

Response respond_with(const ForwardAnswer& answer,
                      const Query& query,
                      const Zone& zone,
                      const RespondOptions& options,
                      std::span<std::uint8_t> out) {
  const auto from_upstream = [&](Reply& reply) {
    const auto start = reply.out.mark(Section::Answer);
    add_own_aliases(query, zone, options.style, reply);
    const Rcode rcode = add_resolved(answer, reply);
    if (reply.header.truncated && options.truncation == Truncation::Empty) {
      reply.out.roll_back(start);
    }
    return rcode;
  };
  return make_response(query, options, out, 0, from_upstream);
}

}  // namespace dnsd
