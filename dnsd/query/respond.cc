#include "dnsd/query/respond.h"

#include <algorithm>
#include <string_view>

#include "dnsd/query/query.h"
#include "dnsd/wire/opt.h"
#include "dnsd/wire/rdata.h"
#include "dnsd/wire/writer.h"

namespace dnsd {
namespace {

constexpr std::size_t kMinUdpPayload = 512;  // RFC 1035 section 4.2.1, RFC 6891 section 6.2.3
constexpr std::size_t kMaxTcpMessage = 65535;
constexpr std::size_t kPointerReach = 0x4000;  // A compression pointer has fourteen bits.

/// The reply while it is being made.
struct Reply {
  Header header;
  MessageWriter out;
};

std::size_t size_limit(const Query& query, const RespondOptions& options, std::size_t room) {
  if (options.transport == Transport::Tcp) return std::min(kMaxTcpMessage, room);
  if (!query.edns) return std::min(kMinUdpPayload, room);
  const std::size_t wanted = std::min(query.edns->udp_payload, options.udp_payload);
  return std::min(std::max(wanted, kMinUdpPayload), room);
}

std::uint16_t pointer_to(std::size_t offset) {
  return static_cast<std::uint16_t>(0xc000U | offset);
}

/// Only the Internet class exists here, and zones are not given away whole (RFC 5936, RFC 1995).
bool is_served(const Query& query) {
  return query.klass == RrClass::In && query.type != RrType::Axfr && query.type != RrType::Ixfr;
}

/// Adds records [first, last) of an RRset, or as many of them as fit.
bool add_records(const RrSet& rrset, std::size_t first, std::size_t last, MessageWriter& out) {
  if (out.add(Section::Answer, rrset.records(first, last), last - first)) return true;
  while (first < last && out.add(Section::Answer, rrset.records(first, first + 1))) ++first;
  return first == last;
}

/// Adds a whole RRset in rotated order, so that clients that take the first record spread evenly.
/// False when it had to be cut.
bool add_rrset(const RrSet& rrset, std::uint32_t rotation, MessageWriter& out) {
  const std::size_t start = rrset.size() == 1 ? 0 : rotation % rrset.size();
  return add_records(rrset, start, rrset.size(), out) && add_records(rrset, 0, start, out);
}

/// Adds what the node has of the type asked for; false when that is nothing.
bool add_answer(const Node& node, RrType type, std::uint32_t rotation, Reply& reply) {
  bool found = false;
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    const RrSet rrset = node.rrset(i);
    if (rrset.empty() || (rrset.type() != type && type != RrType::Any)) continue;
    found = true;
    // RFC 2181 section 9: TC says that the answer itself is not whole.
    if (!add_rrset(rrset, rotation, reply.out)) reply.header.truncated = true;
  }
  return found;
}

/// RFC 2308 section 3: the SOA tells how long the absence may be remembered.
void add_negative_soa(const Zone::Apex& apex, const Query& query, Reply& reply) {
  const std::size_t owner = Header::kSize + query.name.size() - apex.name.size();
  const auto record = apex.negative_soa.rrset(0).records(0, 1);
  if (!reply.out.add_record(Section::Authority, record, pointer_to(owner))) {
    reply.header.truncated = true;
  }
}

/// A name inside the data of an answer whose addresses the client will want next.
struct Target {
  std::size_t offset = 0;  // In the message; 0: this record has none.
  std::string_view name;
};

/// Reads the next record of our own answer section.
Target next_target(Reader& answers) {
  const auto record = answers.take(RrSet::kFixedSize);
  Reader fields(*record, 2);
  const auto type = static_cast<RrType>(*fields.u16());
  Reader length(*record, RrSet::kFixedSize - 2);
  const std::size_t start = answers.position();
  const auto data = answers.take(*length.u16());
  if (type != RrType::Srv && type != RrType::Ns) return {};
  const std::size_t skipped = type == RrType::Srv ? Srv::kTargetOffset : 0;
  const auto name = data->subspan(skipped);
  return {start + skipped, {reinterpret_cast<const char*>(name.data()), name.size()}};
}

/// Adds every address of a target, or none: half a set would mislead (RFC 2181 section 9).
bool add_addresses(const Target& target, const Zone& zone, MessageWriter& out) {
  const Node* node = zone.find(target.name);
  if (node == nullptr) return true;
  for (const RrType type : {RrType::A, RrType::Aaaa}) {
    const RrSet rrset = node->find(type);
    const auto before = out.mark(Section::Additional);
    for (std::size_t i = 0; i < rrset.size(); ++i) {
      if (out.add_record(Section::Additional, rrset.records(i, i + 1), pointer_to(target.offset))) {
        continue;
      }
      out.roll_back(before);
      return false;
    }
  }
  return true;
}

/// RFC 2782: the addresses of SRV targets spare the client a second query. Records of one target
/// are neighbours, but rotation may have parted the first group into two.
void add_additional(const Zone& zone, std::size_t answers_start, MessageWriter& out) {
  Reader answers(out.written(), answers_start);
  std::string_view first;
  std::string_view previous;
  while (!answers.at_end()) {
    const Target target = next_target(answers);
    if (target.offset == 0 || target.name == previous || target.name == first) continue;
    if (target.offset >= kPointerReach || !add_addresses(target, zone, out)) return;
    if (first.empty()) first = target.name;
    previous = target.name;
  }
}

/// Follows RFC 1034 section 4.3.2 from its step 2; there is no recursion and no wildcard.
Rcode answer(const Query& query, const Zone& zone, std::uint32_t rotation, Reply& reply) {
  if (!is_served(query)) return Rcode::Refused;
  const Zone::Apex* apex = zone.apex_of(query.name.wire());  // Step 2: the nearest zone.
  if (apex == nullptr) return Rcode::Refused;
  if (!zone.synced()) return Rcode::ServFail;
  reply.header.authoritative = true;

  const Node* node = zone.find(query.name.wire());  // Step 3: the whole of QNAME, or nothing.
  const std::size_t answers_start = reply.out.size();
  if (node == nullptr || !add_answer(*node, query.type, rotation, reply)) {
    add_negative_soa(*apex, query, reply);
  } else if (!reply.header.truncated) {
    add_additional(zone, answers_start, reply.out);  // Step 6.
  }
  return node == nullptr ? Rcode::NxDomain : Rcode::NoError;
}

Rcode rcode_of(Intake intake) {
  switch (intake) {
    case Intake::FormErr:
      return Rcode::FormErr;
    case Intake::NotImp:
      return Rcode::NotImp;
    case Intake::BadVers:
      return Rcode::BadVers;
    case Intake::Answer:
    case Intake::Drop:
      break;
  }
  return Rcode::NoError;
}

Header reply_header(const Query& query) {
  Header header;
  header.id = query.header.id;
  header.response = true;
  header.opcode = query.header.opcode;
  // RFC 8906 section 8.1: of an opcode we don't know, no flag is repeated.
  header.recursion_desired = query.header.opcode == Opcode::Query && query.header.recursion_desired;
  return header;
}

}  // namespace

Response respond(std::span<const std::uint8_t> request,
                 const Zone& zone,
                 const RespondOptions& options,
                 std::span<std::uint8_t> out) {
  Query query;
  const Intake intake = read_query(request, query);
  if (intake == Intake::Drop) return {};

  Reply reply{reply_header(query), MessageWriter(out, size_limit(query, options, out.size()))};
  if (query.edns) reply.out.reserve(kOptSize);
  if (!query.question.empty()) reply.out.add(Section::Question, query.question);
  const Rcode rcode =
      intake == Intake::Answer ? answer(query, zone, options.rotation, reply) : rcode_of(intake);
  if (query.edns) {
    reply.out.release(kOptSize);
    reply.out.add(Section::Additional, make_opt(options.udp_payload, rcode));
  }
  reply.header.rcode = rcode;
  return {reply.out.finish(reply.header), rcode, reply.header.truncated};
}

}  // namespace dnsd
