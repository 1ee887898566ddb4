#include "dnsd/forward/resolved.h"

#include <optional>
#include <span>

namespace dnsd {
namespace {

/// Where the pointers of owners lead when the records stand elsewhere than right behind the
/// question that upstreams were asked.
class Relocation {
 public:
  Relocation(const Place& name, std::size_t start)
      : name_at_(name.offset),
        start_(start),
        old_start_(Header::kSize + name.name.size() + kTypeAndClass) {}

  /// Nothing where no pointer reaches.
  std::optional<std::uint16_t> moved(std::uint16_t pointer) const {
    const std::size_t old = pointer & (kPointerReach - 1);
    const std::size_t at =
        old < old_start_ ? old - Header::kSize + name_at_ : old - old_start_ + start_;
    if (at >= kPointerReach) return std::nullopt;
    return pointer_to(at);
  }

 private:
  static constexpr std::size_t kTypeAndClass = 4;

  std::size_t name_at_;
  std::size_t start_;
  std::size_t old_start_;
};

/// Of a record, only the owner may be compressed. False when it does not fit.
bool add_record(Section section,
                std::span<const std::uint8_t> octets,
                const Relocation& relocation,
                MessageWriter& out) {
  if (octets[0] < 0xc0U) return out.add(section, octets);
  const auto pointer = relocation.moved(static_cast<std::uint16_t>(octets[0] << 8U | octets[1]));
  return pointer && out.add_record(section, octets, *pointer);
}

/// Adds record after record; false when one does not fit.
bool add_records(const ForwardAnswer& answer, Reply& reply) {
  const Resolved& resolved = answer.resolved;
  const std::size_t start = reply.out.size();
  const Relocation relocation(reply.outside, start);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < resolved.records.size(); ++i) {
    const Resolved::Record& record = resolved.records[i];
    const auto octets = std::span(resolved.octets).subspan(begin, record.end - begin);
    const Section section = i < resolved.answers ? Section::Answer : Section::Authority;
    if (!add_record(section, octets, relocation, reply.out)) return false;
    reply.out.overwrite(start + record.ttl_at, answer.ttl_s);
    begin = record.end;
  }
  return true;
}

}  // namespace

Rcode add_resolved(const ForwardAnswer& answer, Reply& reply) {
  reply.error = answer.error;
  if (!add_records(answer, reply)) reply.header.truncated = true;
  return answer.resolved.rcode;
}

}  // namespace dnsd
