#include "dnsd/zone/node_tree.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace dnsd {
namespace {

/// Whom it changes, before anybody stands behind it.
Member member_of(const Edit& edit) { return {edit.rdata, 0, 0, edit.ttl_s, edit.rank}; }

bool comes_first(const Edit& a, const Edit& b) {
  if (a.place != b.place) return a.place < b.place;
  if (a.type != b.type) return a.type < b.type;
  return comes_before(a.type, member_of(a), member_of(b));
}

/// By place, owner, type and member. Owners of one place are as good as always the same: that is
/// looked at once, instead of each time that two edits are compared.
void sort(std::vector<Edit>& edits) {
  std::sort(edits.begin(), edits.end(), comes_first);
  for (auto first = edits.begin(); first != edits.end();) {
    const auto end = std::find_if(
        first, edits.end(), [&](const Edit& edit) { return edit.place != first->place; });
    const auto is_owned = [&](const Edit& edit) { return edit.owner == first->owner; };
    if (!std::all_of(first, end, is_owned)) {
      std::stable_sort(first, end, [](const Edit& a, const Edit& b) { return a.owner < b.owner; });
    }
    first = end;
  }
}

bool is_same_member(const Member& a, const Member& b) {
  return a.rdata == b.rdata && a.ttl_s == b.ttl_s && a.rank == b.rank;
}

bool is_same_record(const Edit& a, const Edit& b) {
  return a.type == b.type && a.owner == b.owner && is_same_member(member_of(a), member_of(b));
}

/// Of an alias there is one (RFC 2181 section 10.1); of PTR, clients expect one (reverse.h).
bool is_single(RrType type) { return type == RrType::Cname || type == RrType::Ptr; }

/// The end of the run of edits that share something with the first.
template <class Same>
std::size_t run_length(std::span<const Edit> edits, Same same) {
  const auto end = std::find_if_not(
      edits.begin(), edits.end(), [&](const Edit& edit) { return same(edit, edits.front()); });
  return static_cast<std::size_t>(end - edits.begin());
}

std::uint32_t changed(std::uint32_t count, int by) {
  return static_cast<std::uint32_t>(std::max<std::int64_t>(0, std::int64_t{count} + by));
}

/// Both in the order of comes_before(); members nobody offers any more are left out.
void merge(const std::vector<Member>& members,
           std::span<const Edit> edits,
           std::vector<Member>& merged) {
  merged.clear();
  auto member = members.begin();
  for (const Edit& edit : edits) {
    Member next = member_of(edit);
    while (member != members.end() && comes_before(edit.type, *member, next)) {
      merged.push_back(*member++);
    }
    if (member != members.end() && is_same_member(*member, next)) next = *member++;
    next.usable = changed(next.usable, edit.usable);
    next.passing = changed(next.passing, edit.passing);
    if (next.usable > 0) merged.push_back(next);
  }
  merged.insert(merged.end(), member, members.end());
}

/// Those to choose from first; nothing when none passes.
std::optional<Rank> best_rank(const std::vector<Member>& members) {
  std::optional<Rank> best;
  for (const Member& member : members) {
    if (member.passing > 0 && (!best || member.rank < *best)) best = member.rank;
  }
  return best;
}

}  // namespace

void combine(std::vector<Edit>& edits) {
  sort(edits);
  Edit* last = nullptr;
  for (Edit& edit : edits) {
    if (last == nullptr || !is_same_record(*last, edit)) {
      last = &edit;
      continue;
    }
    last->usable += std::exchange(edit.usable, 0);
    last->passing += std::exchange(edit.passing, 0);
  }
  std::erase_if(edits, [](const Edit& edit) { return edit.usable == 0 && edit.passing == 0; });
}

void NodeTree::apply(std::span<const Edit> edits) {
  std::size_t ahead = 0;  // Owners that were looked ahead for.
  while (!edits.empty()) {
    if (ahead == 0) ahead = look_ahead(edits);
    --ahead;
    const std::size_t count =
        run_length(edits, [](const Edit& a, const Edit& b) { return a.owner == b.owner; });
    apply_at(edits.front().key(), edits.first(count));
    edits = edits.subspan(count);
  }
  count_children();
}

/// Brings into the caches what the next owners have; returns for how many. A full state is mostly
/// waiting for memory.
std::size_t NodeTree::look_ahead(std::span<const Edit> edits) const {
  std::array<std::uint64_t, Zone::Nodes::kAtOnce> hashes;
  std::size_t count = 0;
  for (const Edit& edit : edits) {
    if (count > 0 && hashes[count - 1] == edit.place) continue;
    if (count == hashes.size()) break;
    hashes[count++] = edit.place;
  }
  nodes_.look_ahead(std::span(hashes).first(count), [](const Node& node) { node.prefetch(); });
  return count;
}

/// The node as it stands, but for the RRsets of some types.
template <class IsLeftOut>
void NodeTree::draft_from(const Node* node, std::string_view owner, IsLeftOut is_left_out) {
  draft_.start(owner);
  if (node == nullptr) return;
  draft_.set_children(node->children());
  for (std::size_t i = 0; i < node->rrset_count(); ++i) {
    const RrSet rrset = node->rrset(i);
    if (!is_left_out(rrset.type())) draft_.add(rrset);
  }
}

void NodeTree::apply_at(const HashedName& owner, std::span<const Edit> edits) {
  const Node* node = nodes_.find(owner);
  draft_from(node, owner.name, [edits](RrType type) {
    return std::any_of(
        edits.begin(), edits.end(), [type](const Edit& edit) { return edit.type == type; });
  });
  while (!edits.empty()) {
    const std::size_t count =
        run_length(edits, [](const Edit& a, const Edit& b) { return a.type == b.type; });
    const RrType type = edits.front().type;
    const auto members = node == nullptr ? std::vector<Member>{} : node->find(type).members();
    merge(members, edits.first(count), merged_);
    add_rrset(type, merged_);
    edits = edits.subspan(count);
  }
  store(owner.name, node);
}

/// Parts members by `dns.health` and rank: those of the best rank that pass, or all if none does
/// and we fail open. Of some types, and of data told with several TTLs, only the first is
/// published.
void NodeTree::add_rrset(RrType type, const std::vector<Member>& members) {
  work_ += members.size();
  if (members.empty()) return;
  const std::optional<Rank> best = best_rank(members);
  const auto is_chosen = [&](const Member& member) {
    return best ? member.passing > 0 && member.rank == *best : options_.fails_open;
  };
  published_.clear();
  withheld_.clear();
  for (const Member& member : members) {
    const bool repeats =
        !published_.empty() && (is_single(type) || published_.back().rdata == member.rdata);
    (is_chosen(member) && !repeats ? published_ : withheld_).push_back(member);
  }
  draft_.add(type, options_.ttl_s, published_, withheld_);
}

void NodeTree::replace(std::string_view owner, RrType type, std::string_view rdata) {
  const Node* node = nodes_.find(owner);
  draft_from(node, owner, [type](RrType other) { return other == type; });
  const Member member{rdata, 1, 1};
  draft_.add(type, options_.ttl_s, {&member, 1});
  store(owner, node);
  count_children();
}

void NodeTree::clear(std::string_view owner) {
  const Node* node = nodes_.find(owner);
  if (node == nullptr) return;
  draft_from(node, owner, [](RrType type) { return type != RrType::Soa && type != RrType::Ns; });
  store(owner, node);
  count_children();
}

/// Puts what was drafted in the place of the node before it, or takes its name away when nothing is
/// left of it.
void NodeTree::store(std::string_view owner, const Node* before) {
  const bool existed = before != nullptr;
  ++work_;
  if (draft_.exists()) {
    const Node node = draft_.finish();
    nodes_.set(node.name(), node);
  } else {
    nodes_.erase(owner);
  }
  if (draft_.exists() == existed || is_apex(owner)) return;
  children_.push_back({.parent = parent_of(owner), .change = existed ? -1 : 1});
}

/// Once for all that came and went below a name; one level at a time, up to the apexes.
void NodeTree::count_children() {
  while (!children_.empty()) {
    std::vector<Child> noted = std::exchange(children_, {});
    std::sort(noted.begin(), noted.end(), [](const Child& a, const Child& b) {
      return a.place == b.place ? a.parent < b.parent : a.place < b.place;
    });
    for (auto first = noted.begin(); first != noted.end();) {
      int change = 0;
      auto next = first;
      for (; next != noted.end() && next->parent == first->parent; ++next) change += next->change;
      if (change != 0) add_children(first->parent, change);
      first = next;
    }
  }
}

void NodeTree::add_children(std::string_view owner, int change) {
  const Node* node = nodes_.find(owner);
  draft_from(node, owner, [](RrType) { return false; });
  draft_.set_children(changed(draft_.children(), change));
  store(owner, node);
}

bool NodeTree::is_apex(std::string_view owner) const {
  return std::find(options_.apexes.begin(), options_.apexes.end(), owner) != options_.apexes.end();
}

}  // namespace dnsd
