#include "dnsd/query/look_up.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "dnsd/query/additional.h"

namespace dnsd {
namespace {

/// An answer over UDP has no room for the addresses of more.
constexpr std::size_t kMostTargets = 24;

/// Names on their way to a zone, which takes so many at a time.
class Names {
 public:
  explicit Names(const Zone& zone) : zone_(zone) {}
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;
  ~Names() { find(); }

  /// `found` is set at the latest when this ends.
  void add(const HashedName& name, const Node*& found) {
    names_[count_] = name;
    found_[count_++] = &found;
    if (count_ == names_.size()) find();
  }

 private:
  void find() {
    std::array<const Node*, Zone::kAtOnce> nodes;
    zone_.find_all(std::span(names_).first(count_), nodes);
    for (std::size_t i = 0; i < count_; ++i) *found_[i] = nodes[i];
    count_ = 0;
  }

  const Zone& zone_;
  std::array<HashedName, Zone::kAtOnce> names_;
  std::array<const Node**, Zone::kAtOnce> found_;
  std::size_t count_ = 0;
};

bool is_to_answer(const Query& query) { return query.intake == Intake::Answer; }

/// The records whose targets are looked up; none where the query is for something else.
RrSet services_of(const Query& query) {
  if (!is_to_answer(query) || query.type != RrType::Srv || query.node == nullptr) return {};
  return query.node->find(RrType::Srv);
}

std::size_t target_count(const RrSet& services) { return std::min(services.size(), kMostTargets); }

}  // namespace

void LookUp::find(std::span<Query> queries, const Zone& zone) {
  {
    Names names(zone);
    for (Query& query : queries) {
      query.is_looked_up = is_to_answer(query);
      if (query.is_looked_up) names.add(HashedName::of(query.name.wire()), query.node);
    }
  }
  find_targets(queries, zone);
}

void LookUp::find_targets(std::span<Query> queries, const Zone& zone) {
  std::size_t count = 0;
  for (const Query& query : queries) count += target_count(services_of(query));
  if (count == 0) return;
  targets_.resize(count);
  std::span<const Node*> free(targets_);
  Names names(zone);
  for (Query& query : queries) {
    const RrSet services = services_of(query);
    const auto targets = free.first(target_count(services));
    for (std::size_t i = 0; i < targets.size(); ++i) {
      names.add(HashedName::of(target_of(services.records(i, i + 1), RrType::Srv)), targets[i]);
    }
    query.targets = targets;
    free = free.subspan(targets.size());
  }
}

}  // namespace dnsd
