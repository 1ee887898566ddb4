#include "dnsd/query/reply.h"

namespace dnsd {

void add_negative_soa(const Zone::Apex& apex, const Place& below, Reply& reply) {
  const std::size_t owner = below.offset + below.name.size() - apex.name.size();
  const auto record = apex.negative_soa.rrset(0).records(0, 1);
  if (!reply.out.add_record(Section::Authority, record, pointer_to(owner))) {
    reply.header.truncated = true;
  }
}

}  // namespace dnsd
