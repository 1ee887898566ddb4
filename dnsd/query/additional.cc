#include "dnsd/query/additional.h"

#include <array>
#include <span>
#include <string_view>

#include "dnsd/query/near_addresses.h"
#include "dnsd/query/reply.h"
#include "dnsd/wire/rdata.h"
#include "dnsd/wire/reader.h"

namespace dnsd {
namespace {

/// Reads the next record of our own answer section, for the name in it whose addresses the client
/// will want next; at offset 0 where there is none.
Place next_target(Reader& answers) {
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

/// The waits for the memory of all targets overlap.
void prefetch_targets(Reader answers, const Zone& zone) {
  std::array<std::uint64_t, Zone::Nodes::kPrefetched> hashes;
  std::size_t count = 0;
  while (!answers.at_end() && count < hashes.size()) {
    const Place target = next_target(answers);
    if (target.offset != 0) hashes[count++] = Zone::Nodes::hash_of(target.name);
  }
  zone.prefetch(std::span(hashes).first(count));
}

/// Adds every address of a target that is for the client, or none: half a set would mislead (RFC
/// 2181 section 9).
bool add_addresses(const Place& target,
                   const Zone& zone,
                   const AnswerStyle& style,
                   MessageWriter& out) {
  const Node* node = zone.find(target.name);
  if (node == nullptr) return true;
  for (const RrType type : {RrType::A, RrType::Aaaa}) {
    const RrSet rrset = node->find(type);
    const NearAddresses near(rrset, style.network);
    const auto before = out.mark(Section::Additional);
    for (std::size_t i = 0; i < rrset.size(); ++i) {
      if (!near.has(i)) continue;
      if (out.add_record(Section::Additional, rrset.records(i, i + 1), pointer_to(target.offset))) {
        continue;
      }
      out.roll_back(before);
      return false;
    }
  }
  return true;
}

}  // namespace

/// Records of one target are neighbours, but rotation may have parted the first group into two.
void add_additional(const Zone& zone,
                    std::size_t answers_start,
                    const AnswerStyle& style,
                    MessageWriter& out) {
  Reader answers(out.written(), answers_start);
  prefetch_targets(answers, zone);
  std::string_view first;
  std::string_view previous;
  while (!answers.at_end()) {
    const Place target = next_target(answers);
    if (target.offset == 0 || target.name == previous || target.name == first) continue;
    if (target.offset >= kPointerReach || !add_addresses(target, zone, style, out)) return;
    if (first.empty()) first = target.name;
    previous = target.name;
  }
}

}  // namespace dnsd
