#include "dnsd/query/alias.h"

#include "dnsd/query/near_addresses.h"

namespace dnsd {
namespace {

constexpr int kMostSteps = 8;

bool add_records(const RrSet& rrset, const Place& owner, const AnswerStyle& style, Reply& reply) {
  const NearAddresses near(rrset, style.network);
  for (std::size_t i = 0; i < rrset.size(); ++i) {
    if (!near.has(i)) continue;
    const auto record = rrset.records(i, i + 1);
    if (reply.out.add_record(Section::Answer, record, pointer_to(owner.offset))) continue;
    reply.header.truncated = true;
    return false;
  }
  return true;
}

/// The name an alias leads to, in the data of the record that was just added.
Place target_of(const RrSet& alias, const Reply& reply) {
  const auto octets = alias.records(0, 1).subspan(RrSet::kFixedSize);
  return {reply.out.size() - octets.size(),
          {reinterpret_cast<const char*>(octets.data()), octets.size()}};
}

}  // namespace

Rcode add_alias(const Node& first,
                RrType type,
                const Zone& zone,
                Place owner,
                const AnswerStyle& style,
                Reply& reply) {
  const Node* node = &first;
  for (int step = 0; step < kMostSteps && owner.offset < kPointerReach; ++step) {
    const RrSet alias = node->find(RrType::Cname);
    if (!add_records(alias, owner, style, reply)) return Rcode::NoError;
    owner = target_of(alias, reply);
    const Zone::Apex* apex = zone.apex_of(owner.name);
    if (apex == nullptr) {
      reply.outside = owner;
      return Rcode::NoError;
    }
    node = zone.find(owner.name);
    const RrSet found = node == nullptr ? RrSet() : node->find(type);
    if (!found.empty()) {
      add_records(found, owner, style, reply);
      return Rcode::NoError;
    }
    if (node != nullptr && !node->find(RrType::Cname).empty()) continue;
    add_negative_soa(*apex, owner, reply);
    return node == nullptr ? Rcode::NxDomain : Rcode::NoError;
  }
  return Rcode::NoError;
}

}  // namespace dnsd
