#include "dnsd/query/additional.h"

#include <span>
#include <string_view>

#include "dnsd/query/near_addresses.h"
#include "dnsd/query/reply.h"
#include "dnsd/wire/rdata.h"
#include "dnsd/wire/reader.h"

namespace dnsd {
namespace {

/// Reads the next record of the answer section; the name is empty where it leads to none.
Place next_target(Reader& answers) {
  const std::size_t start = answers.position();
  const auto fixed = *answers.take(RrSet::kFixedSize);
  const auto type = static_cast<RrType>(*Reader(fixed, 2).u16());
  answers.take(*Reader(fixed, RrSet::kFixedSize - 2).u16());
  const auto record = *answers.at(start).take(answers.position() - start);
  const std::string_view name = target_of(record, type);
  return {answers.position() - name.size(), name};
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

bool leads_to_names(RrType asked) {
  return asked == RrType::Srv || asked == RrType::Ns || asked == RrType::Any;
}

std::string_view target_of(std::span<const std::uint8_t> record, RrType type) {
  if (type != RrType::Srv && type != RrType::Ns) return {};
  const std::size_t skipped = type == RrType::Srv ? Srv::kTargetOffset : 0;
  const auto name = record.subspan(RrSet::kFixedSize + skipped);
  return {reinterpret_cast<const char*>(name.data()), name.size()};
}

/// Records of one target are neighbours, but rotation may have parted the first group into two.
void add_additional(const Zone& zone,
                    std::size_t answers_start,
                    const AnswerStyle& style,
                    MessageWriter& out) {
  Reader answers(out.written(), answers_start);
  std::string_view first;
  std::string_view previous;
  while (!answers.at_end()) {
    const Place target = next_target(answers);
    const std::string_view name = target.name;
    if (name.empty() || name == previous || name == first) continue;
    if (target.offset >= kPointerReach || !add_addresses(target, zone, style, out)) return;
    if (first.empty()) first = name;
    previous = name;
  }
}

}  // namespace dnsd
