#include "dnsd/transfer/difference.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <unordered_set>

namespace dnsd {
namespace {

/// Does the name belong to this zone, and not to one below it?
bool is_in(std::string_view name, const Zone& zone, const Zone::Apex& apex) {
  const Zone::Apex* nearest = zone.apex_of(name);
  return nearest != nullptr && nearest->name == apex.name;
}

/// The records of a node at a name that means it.
void append_records(std::string_view owner,
                    const Node& node,
                    const Zone::Apex& apex,
                    std::size_t most,
                    std::vector<ZoneRecord>& out) {
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    const RrSet rrset = node.rrset(i);
    if (rrset.type() == RrType::Soa) continue;
    if (rrset.type() == RrType::Ns && owner != apex.name) continue;
    const std::size_t count = most == 0 ? rrset.size() : std::min(rrset.size(), most);
    for (std::size_t j = 0; j < count; ++j) out.push_back({owner, rrset.records(j, j + 1)});
  }
}

std::vector<ZoneRecord> sorted_records(std::string_view owner,
                                       const Node* node,
                                       const Zone::Apex& apex,
                                       std::size_t most) {
  std::vector<ZoneRecord> records;
  if (node == nullptr) return records;
  append_records(owner, *node, apex, most, records);
  std::sort(records.begin(), records.end(), [](const ZoneRecord& a, const ZoneRecord& b) {
    return std::lexicographical_compare(
        a.octets.begin(), a.octets.end(), b.octets.begin(), b.octets.end());
  });
  return records;
}

/// The names at aliases of one zone, each once.
class AliasFinder {
 public:
  AliasFinder(const Zone& zone, const Zone::Apex& apex, AliasNames& names)
      : zone_(zone), apex_(apex), names_(names) {
    const auto& all = zone.aliases();
    has_any_ = std::any_of(all.begin(), all.end(), [&](const Zone::Alias& alias) {
      return is_in(alias.domain, zone, apex);
    });
  }

  /// Calls `visit` with each new name in the zone that means `name` by way of aliases.
  template <class Visit>
  void find(std::string_view name, const Visit& visit) {
    if (has_any_) follow(name, Zone::kMaxAliases, visit);
  }

 private:
  template <class Visit>
  void follow(std::string_view name, int steps, const Visit& visit) {
    for (const Zone::Alias& alias : zone_.aliases()) {
      if (!is_at_or_below(name, alias.target)) continue;
      std::string other(name.substr(0, name.size() - alias.target.size()));
      other += alias.domain;
      if (other.size() > Name::kMaxSize) continue;
      if (is_in(other, zone_, apex_) && !seen_.contains(other)) {
        seen_.insert(names_.emplace_back(other));
        visit(std::string_view(names_.back()));
      }
      if (steps > 1) follow(other, steps - 1, visit);
    }
  }

  const Zone& zone_;
  const Zone::Apex& apex_;
  AliasNames& names_;
  std::unordered_set<std::string_view> seen_;  // Of names_.
  bool has_any_ = false;
};

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

std::vector<ZoneRecord> records_of(const Zone& zone,
                                   const Zone::Apex& apex,
                                   std::size_t most,
                                   AliasNames& names) {
  std::vector<ZoneRecord> records;
  AliasFinder aliases(zone, apex, names);
  zone.nodes().for_each([&](std::string_view name, const Node& node) {
    if (is_in(name, zone, apex)) append_records(node.name(), node, apex, most, records);
    aliases.find(name, [&](std::string_view other) {
      if (zone.nodes().find(other) != nullptr) return;  // It has a node of its own.
      if (const Node* meant = zone.find(other)) append_records(other, *meant, apex, most, records);
    });
  });
  return records;
}

Difference difference(const Zone& before,
                      const Zone& after,
                      const Zone::Apex& apex,
                      std::size_t most,
                      AliasNames& names) {
  Difference difference;
  AliasFinder aliases(after, apex, names);
  // By what is found there, not by the node that changed: either may have been, or be, an alias.
  const auto compare = [&](std::string_view owner) {
    const auto old_records = sorted_records(owner, before.find(owner), apex, most);
    const auto new_records = sorted_records(owner, after.find(owner), apex, most);
    append_missing(old_records, new_records, difference.gone);
    append_missing(new_records, old_records, difference.added);
  };
  Zone::Nodes::for_each_difference(
      before.nodes(), after.nodes(), [&](std::string_view name, const Node* was, const Node* is) {
        const std::string_view owner = is != nullptr ? is->name() : was->name();
        if (is_in(name, after, apex)) compare(owner);
        aliases.find(name, [&](std::string_view other) {
          const bool was_own = before.nodes().find(other) != nullptr;
          const bool is_own = after.nodes().find(other) != nullptr;
          if (!was_own && !is_own) compare(other);  // Else it is, or is not, a change of its own.
        });
      });
  return difference;
}

}  // namespace dnsd
