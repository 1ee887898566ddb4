#include "dnsd/query/answer.h"

#include <algorithm>
#include <string_view>

#include "dnsd/query/additional.h"
#include "dnsd/query/alias.h"
#include "dnsd/query/near_addresses.h"
#include "dnsd/query/services.h"

namespace dnsd {
namespace {

/// Adds records [first, last) of an RRset, or as many of them as fit.
bool add_records(const RrSet& rrset, std::size_t first, std::size_t last, MessageWriter& out) {
  if (out.add(Section::Answer, rrset.records(first, last), last - first)) return true;
  while (first < last && out.add(Section::Answer, rrset.records(first, first + 1))) ++first;
  return first == last;
}

/// How many records of so many a client gets.
std::size_t wanted_of(std::size_t size, const AnswerStyle& style) {
  return style.most_records == 0 ? size : std::min<std::size_t>(size, style.most_records);
}

/// Adds those of a part of an RRset, in rotated order. False when it had to be cut.
bool add_part(const RrSet& rrset,
              const NearAddresses& part,
              const AnswerStyle& style,
              MessageWriter& out) {
  std::size_t skipped = style.rotation % part.size();
  std::size_t left = wanted_of(part.size(), style);
  for (std::size_t i = 0; left > 0; ++i) {
    const std::size_t index = i % rrset.size();
    if (!part.has(index)) continue;
    if (skipped > 0) {
      --skipped;
      continue;
    }
    if (!out.add(Section::Answer, rrset.records(index, index + 1))) return false;
    --left;
  }
  return true;
}

/// Adds an RRset in rotated order, so that clients that take the first record spread evenly. False
/// when it had to be cut.
bool add_rrset(const RrSet& rrset, const AnswerStyle& style, MessageWriter& out) {
  const NearAddresses near(rrset, style.network);
  if (!near.are_all()) return add_part(rrset, near, style, out);
  const std::size_t size = rrset.size();
  const std::size_t wanted = wanted_of(size, style);
  const std::size_t start = size == 1 ? 0 : style.rotation % static_cast<std::uint32_t>(size);
  const std::size_t end = std::min(start + wanted, size);
  return add_records(rrset, start, end, out) && add_records(rrset, 0, start + wanted - end, out);
}

/// RFC 8482 section 4.1: of a question for everything one RRset is enough, and over UDP it is the
/// one that invites abuse least.
RrSet smallest_rrset(const Node& node) {
  RrSet smallest;
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    const RrSet rrset = node.rrset(i);
    if (rrset.empty()) continue;
    if (smallest.empty() || rrset.octets().size() < smallest.octets().size()) smallest = rrset;
  }
  return smallest;
}

/// RFC 2181 section 9: TC says that the answer itself is not whole.
bool add_if_any(const RrSet& rrset, const AnswerStyle& style, Reply& reply) {
  if (rrset.empty()) return false;
  if (!add_rrset(rrset, style, reply.out)) reply.header.truncated = true;
  return true;
}

bool add_all(const Node& node, const AnswerStyle& style, Reply& reply) {
  bool found = false;
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    if (add_if_any(node.rrset(i), style, reply)) found = true;
  }
  return found;
}

/// Adds what the node has of the type asked for; false when that is nothing.
bool add_answer(const Query& query,
                const Node& node,
                const Zone& zone,
                const RespondOptions& options,
                Reply& reply) {
  switch (query.type) {
    case RrType::Any:
      if (is_stream(options.transport)) return add_all(node, options.style, reply);
      return add_if_any(smallest_rrset(node), options.style, reply);
    case RrType::Svcb:
    case RrType::Https:
      return add_services(query, node, zone, options.style, reply);
    default:
      return add_if_any(node.find(query.type), options.style, reply);
  }
}

Rcode refuse(ExtendedError why, Reply& reply) {
  reply.error = why;
  return Rcode::Refused;
}

/// RFC 6895 section 3.1: types 128 to 255 are of queries only, and but for ANY concern one server.
bool is_of_data(RrType type) {
  const auto number = static_cast<unsigned>(type);
  return type == RrType::Any ||
         (number != 0 && type != RrType::Opt && (number < 128 || number > 255));
}

/// The nearest zone (RFC 1034 section 4.3.2, step 2): looked for by those who need it, as a name
/// that is there is in one of ours. Null: it is not ours.
const Zone::Apex* apex_of(const Query& query, const Zone& zone, Reply& reply) {
  if (reply.apex == nullptr) reply.apex = zone.apex_of(query.name.wire());
  return reply.apex;
}

/// Is it for upstreams, if the client may have that?
bool is_to_forward(const Query& query, const RespondOptions& options) {
  return query.header.recursion_desired && options.recursion != Recursion::Off &&
         query.tsig_at == 0 && is_of_data(query.type);
}

Rcode refuse_foreign(const Query& query, const RespondOptions& options, Reply& reply) {
  reply.foreign = is_to_forward(query, options);
  const bool is_denied = reply.foreign && options.recursion == Recursion::Denied;
  return refuse(is_denied ? ExtendedError::Prohibited : ExtendedError::NotAuthoritative, reply);
}

}  // namespace

Rcode answer(const Query& query, const Zone& zone, const RespondOptions& options, Reply& reply) {
  if (query.klass != RrClass::In) return refuse(ExtendedError::NotAuthoritative, reply);
  if (is_transfer(query.type)) return refuse(ExtendedError::Prohibited, reply);
  // Step 3: the whole of QNAME, or nothing.
  const Node* node = query.is_looked_up ? query.node : zone.find(query.name.wire());
  if (node == nullptr && apex_of(query, zone, reply) == nullptr) {
    return refuse_foreign(query, options, reply);
  }
  if (!zone.synced()) {
    reply.error = ExtendedError::NotReady;
    return Rcode::ServFail;
  }
  reply.header.authoritative = true;
  if (query.edns && query.edns->zone_version) apex_of(query, zone, reply);
  const Place question{Header::kSize, query.name.wire()};
  const auto start = reply.out.mark(Section::Answer);
  Rcode rcode = node == nullptr ? Rcode::NxDomain : Rcode::NoError;
  if (node == nullptr || !add_answer(query, *node, zone, options, reply)) {
    if (node == nullptr || node->find(RrType::Cname).empty()) {
      add_negative_soa(*apex_of(query, zone, reply), question, reply);
      return rcode;
    }
    rcode = add_alias(*node, query.type, zone, question, options.style, reply);
    reply.foreign = reply.outside.offset != 0 && options.recursion == Recursion::Offered &&
                    is_to_forward(query, options);
  }
  if (!reply.header.truncated) {
    // Step 6.
    if (leads_to_names(query.type)) {
      add_additional(query, zone, start.size, options.style, reply.out);
    }
  } else if (options.truncation == Truncation::Empty) {
    reply.out.roll_back(start);
  }
  return rcode;
}

}  // namespace dnsd
