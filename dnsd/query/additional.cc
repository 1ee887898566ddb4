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

/// The nodes of the targets in an answer: found before, in the order of the zone's records, which
/// the answer has in rotated order; or looked up now.
class TargetNodes {
 public:
  TargetNodes(const Query& query, const Zone& zone, const AnswerStyle& style)
      : zone_(zone),
        found_(query.targets),
        records_(found_.empty() ? 0 : query.node->find(RrType::Srv).size()),
        start_(records_ == 0 ? 0 : style.rotation % records_) {}

  /// `index`: of the record in the answer.
  const Node* at(std::size_t index, std::string_view name) const {
    std::size_t position = start_ + index;
    if (position >= records_) position -= records_;
    return position < found_.size() ? found_[position] : zone_.find(name);
  }

 private:
  const Zone& zone_;
  const std::span<const Node* const> found_;
  const std::size_t records_;
  const std::size_t start_;
};

/// Adds every address of a target that is for the client, or none: half a set would mislead (RFC
/// 2181 section 9).
bool add_addresses(const Place& target,
                   const Node* node,
                   const AnswerStyle& style,
                   MessageWriter& out) {
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
void add_additional(const Query& query,
                    const Zone& zone,
                    std::size_t answers_start,
                    const AnswerStyle& style,
                    MessageWriter& out) {
  const TargetNodes nodes(query, zone, style);
  Reader answers(out.written(), answers_start);
  std::string_view first;
  std::string_view previous;
  for (std::size_t i = 0; !answers.at_end(); ++i) {
    const Place target = next_target(answers);
    const std::string_view name = target.name;
    if (name.empty() || name == previous || name == first) continue;
    if (target.offset >= kPointerReach) return;
    if (!add_addresses(target, nodes.at(i, name), style, out)) return;
    if (first.empty()) first = name;
    previous = name;
  }
}

}  // namespace dnsd
