#include "dnsd/transfer/difference.h"

#include <algorithm>

namespace dnsd {
namespace {

/// Does the name belong to this zone, and not to one below it?
bool is_in(std::string_view name, const Zone& zone, const Zone::Apex& apex) {
  const Zone::Apex* nearest = zone.apex_of(name);
  return nearest != nullptr && nearest->name == apex.name;
}

void append_records(const Node& node, std::size_t most, std::vector<ZoneRecord>& out) {
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    const RrSet rrset = node.rrset(i);
    if (rrset.type() == RrType::Soa) continue;
    const std::size_t count = most == 0 ? rrset.size() : std::min(rrset.size(), most);
    for (std::size_t j = 0; j < count; ++j) out.push_back({node.name(), rrset.records(j, j + 1)});
  }
}

std::vector<ZoneRecord> sorted_records(const Node* node, std::size_t most) {
  std::vector<ZoneRecord> records;
  if (node == nullptr) return records;
  append_records(*node, most, records);
  std::sort(records.begin(), records.end(), [](const ZoneRecord& a, const ZoneRecord& b) {
    return std::lexicographical_compare(
        a.octets.begin(), a.octets.end(), b.octets.begin(), b.octets.end());
  });
  return records;
}

/// What the first has and the second has not; both sorted.
void append_missing(const std::vector<ZoneRecord>& from,
                    const std::vector<ZoneRecord>& in,
                    std::vector<ZoneRecord>& out) {
  std::set_difference(from.begin(),
                      from.end(),
                      in.begin(),
                      in.end(),
                      std::back_inserter(out),
                      [](const ZoneRecord& a, const ZoneRecord& b) {
                        return std::lexicographical_compare(
                            a.octets.begin(), a.octets.end(), b.octets.begin(), b.octets.end());
                      });
}

}  // namespace

std::vector<ZoneRecord> records_of(const Zone& zone, const Zone::Apex& apex, std::size_t most) {
  std::vector<ZoneRecord> records;
  zone.nodes().for_each([&](std::string_view name, const Node& node) {
    if (is_in(name, zone, apex)) append_records(node, most, records);
  });
  return records;
}

Difference difference(const Zone& before,
                      const Zone& after,
                      const Zone::Apex& apex,
                      std::size_t most) {
  Difference difference;
  Zone::Nodes::for_each_difference(
      before.nodes(), after.nodes(), [&](std::string_view name, const Node* was, const Node* is) {
        if (!is_in(name, after, apex)) return;
        const auto old_records = sorted_records(was, most);
        const auto new_records = sorted_records(is, most);
        append_missing(old_records, new_records, difference.gone);
        append_missing(new_records, old_records, difference.added);
      });
  return difference;
}

}  // namespace dnsd
