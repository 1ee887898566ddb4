#include "dnsd/forward/resolved.h"

#include <span>

namespace dnsd {
namespace {

/// Adds record after record; false when one does not fit.
bool add_records(const ForwardAnswer& answer, Reply& reply) {
  const Resolved& resolved = answer.resolved;
  const std::size_t start = reply.out.size();
  std::size_t begin = 0;
  for (std::size_t i = 0; i < resolved.records.size(); ++i) {
    const Resolved::Record& record = resolved.records[i];
    const auto octets = std::span(resolved.octets).subspan(begin, record.end - begin);
    const Section section = i < resolved.answers ? Section::Answer : Section::Authority;
    if (!reply.out.add(section, octets)) return false;
    reply.out.overwrite(start + record.ttl_at, answer.ttl_s);
    begin = record.end;
  }
  return true;
}

}  // namespace

Rcode add_resolved(const ForwardAnswer& answer, const RespondOptions& options, Reply& reply) {
  reply.error = answer.error;
  const auto start = reply.out.mark(Section::Answer);
  if (!add_records(answer, reply)) {
    reply.header.truncated = true;
    if (options.truncation == Truncation::Empty) reply.out.roll_back(start);
  }
  return answer.resolved.rcode;
}

}  // namespace dnsd
