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

/// A name in our own answer section whose addresses the client will want next.
struct Target {
  Place place;
  HashedName key;
};

constexpr std::size_t kBatch = 8;  // Few services have more instances in one answer.
using TargetBatch = std::array<Target, kBatch>;

/// Reads the next record of the section; at offset 0 where it leads to no name.
Place next_place(Reader& answers) {
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

/// The next targets, as many as there is room for. The waits for the memory of all overlap.
std::span<const Target> next_targets(Reader& answers, const Zone& zone, TargetBatch& room) {
  std::array<std::uint64_t, kBatch> hashes;
  std::size_t count = 0;
  while (!answers.at_end() && count < room.size()) {
    const Place place = next_place(answers);
    if (place.offset == 0) continue;
    room[count] = {place, HashedName::of(place.name)};
    hashes[count] = room[count].key.hash;
    ++count;
  }
  zone.prefetch(std::span(hashes).first(count));
  return std::span(room).first(count);
}

/// Adds every address of a target that is for the client, or none: half a set would mislead (RFC
/// 2181 section 9).
bool add_addresses(const Target& target,
                   const Zone& zone,
                   const AnswerStyle& style,
                   MessageWriter& out) {
  const Node* node = zone.find(target.key);
  if (node == nullptr) return true;
  for (const RrType type : {RrType::A, RrType::Aaaa}) {
    const RrSet rrset = node->find(type);
    const NearAddresses near(rrset, style.network);
    const auto before = out.mark(Section::Additional);
    for (std::size_t i = 0; i < rrset.size(); ++i) {
      if (!near.has(i)) continue;
      if (out.add_record(
              Section::Additional, rrset.records(i, i + 1), pointer_to(target.place.offset))) {
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
  TargetBatch room;
  std::string_view first;
  std::string_view previous;
  while (!answers.at_end()) {
    for (const Target& target : next_targets(answers, zone, room)) {
      const auto& [offset, name] = target.place;
      if (name == previous || name == first) continue;
      if (offset >= kPointerReach || !add_addresses(target, zone, style, out)) return;
      if (first.empty()) first = name;
      previous = name;
    }
  }
}

}  // namespace dnsd
