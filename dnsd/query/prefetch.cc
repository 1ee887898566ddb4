#include "dnsd/query/prefetch.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "dnsd/query/additional.h"

namespace dnsd {
namespace {

/// An answer over UDP has no room for the addresses of more.
constexpr std::size_t kMostTargets = 24;

/// Looks ahead for names, as many at a time as a zone can.
class LookAhead {
 public:
  explicit LookAhead(const Zone& zone) : zone_(zone) {}
  LookAhead(const LookAhead&) = delete;
  LookAhead& operator=(const LookAhead&) = delete;
  ~LookAhead() { zone_.prefetch(std::span(hashes_).first(count_)); }

  void add(std::uint64_t hash) {
    hashes_[count_++] = hash;
    if (count_ < hashes_.size()) return;
    zone_.prefetch(hashes_);
    count_ = 0;
  }

 private:
  const Zone& zone_;
  std::array<std::uint64_t, Zone::Nodes::kPrefetched> hashes_;
  std::size_t count_ = 0;
};

void prefetch_names(std::span<const Query> queries, const Zone& zone) {
  LookAhead names(zone);
  for (const Query& query : queries) {
    if (query.intake == Intake::Answer) names.add(query.name_hash);
  }
}

/// Of the names that answers lead to, once the names asked for are in the caches.
void prefetch_targets(std::span<const Query> queries, const Zone& zone) {
  LookAhead targets(zone);
  for (const Query& query : queries) {
    if (query.intake != Intake::Answer || query.type != RrType::Srv) continue;
    const Node* node = zone.find(query.key());
    if (node == nullptr) continue;
    const RrSet services = node->find(RrType::Srv);
    const std::size_t count = std::min(services.size(), kMostTargets);
    for (std::size_t i = 0; i < count; ++i) {
      targets.add(HashedName::of(target_of(services.records(i, i + 1), RrType::Srv)).hash);
    }
  }
}

}  // namespace

void prefetch(std::span<const Query> queries, const Zone& zone) {
  if (queries.size() > 1) prefetch_names(queries, zone);
  prefetch_targets(queries, zone);
}

}  // namespace dnsd
