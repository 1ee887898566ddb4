#include "dnsd/zone/node_tree.h"

#include <algorithm>
#include <utility>

namespace dnsd {
namespace {

bool comes_first(const Edit& a, const Edit& b) {
  if (a.owner != b.owner) return a.owner < b.owner;
  if (a.type != b.type) return a.type < b.type;
  return comes_before(a.type, a.rdata, b.rdata);
}

bool is_same_record(const Edit& a, const Edit& b) {
  return a.type == b.type && a.owner == b.owner && a.rdata == b.rdata;
}

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
std::vector<Member> merge(const std::vector<Member>& members, std::span<const Edit> edits) {
  std::vector<Member> merged;
  merged.reserve(members.size() + edits.size());
  auto member = members.begin();
  for (const Edit& edit : edits) {
    while (member != members.end() && comes_before(edit.type, member->rdata, edit.rdata)) {
      merged.push_back(*member++);
    }
    Member next{edit.rdata, 0, 0};
    if (member != members.end() && member->rdata == edit.rdata) next = *member++;
    next.usable = changed(next.usable, edit.usable);
    next.passing = changed(next.passing, edit.passing);
    if (next.usable > 0) merged.push_back(next);
  }
  merged.insert(merged.end(), member, members.end());
  return merged;
}

/// Parts members by `dns.health`: those that pass, or all if none does and we fail open.
RrSet make_rrset(RrType type, std::vector<Member> members, std::uint32_t ttl_s, bool fails_open) {
  const auto passes = [](const Member& member) { return member.passing > 0; };
  const auto withheld = std::stable_partition(members.begin(), members.end(), passes);
  auto published = static_cast<std::size_t>(withheld - members.begin());
  if (published == 0 && fails_open) published = members.size();
  const std::span<const Member> all(members);
  return RrSet(type, ttl_s, all.first(published), all.subspan(published));
}

std::vector<RrSet>::iterator find_type(Node& node, RrType type) {
  return std::find_if(node.rrsets.begin(), node.rrsets.end(), [type](const RrSet& rrset) {
    return rrset.type() == type;
  });
}

}  // namespace

void combine(std::vector<Edit>& edits) {
  std::sort(edits.begin(), edits.end(), comes_first);
  std::vector<Edit> combined;
  for (Edit& edit : edits) {
    if (combined.empty() || !is_same_record(combined.back(), edit)) {
      combined.push_back(std::move(edit));
      continue;
    }
    combined.back().usable += edit.usable;
    combined.back().passing += edit.passing;
  }
  std::erase_if(combined, [](const Edit& edit) { return edit.usable == 0 && edit.passing == 0; });
  edits = std::move(combined);
}

void NodeTree::apply(std::span<const Edit> edits) {
  while (!edits.empty()) {
    const std::size_t count =
        run_length(edits, [](const Edit& a, const Edit& b) { return a.owner == b.owner; });
    apply_at(edits.front().owner, edits.first(count));
    edits = edits.subspan(count);
  }
}

void NodeTree::apply_at(const std::string& owner, std::span<const Edit> edits) {
  const auto* present = nodes_.find(owner);
  Node node = present == nullptr ? Node{} : Node(**present);
  while (!edits.empty()) {
    const std::size_t count =
        run_length(edits, [](const Edit& a, const Edit& b) { return a.type == b.type; });
    apply_to(node, edits.first(count));
    edits = edits.subspan(count);
  }
  store(owner, std::move(node));
}

/// Precondition: all edits are of one type.
void NodeTree::apply_to(Node& node, std::span<const Edit> edits) {
  const RrType type = edits.front().type;
  const auto present = find_type(node, type);
  const bool exists = present != node.rrsets.end();
  auto members = merge(exists ? present->members() : std::vector<Member>{}, edits);
  work_ += members.size() + edits.size();
  if (members.empty()) {
    if (exists) node.rrsets.erase(present);
    return;
  }
  RrSet rrset = make_rrset(type, std::move(members), options_.ttl_s, options_.fails_open);
  if (exists) {
    *present = std::move(rrset);
  } else {
    node.rrsets.push_back(std::move(rrset));
  }
}

void NodeTree::replace(std::string_view owner, RrSet rrset) {
  const auto* present = nodes_.find(owner);
  Node node = present == nullptr ? Node{} : Node(**present);
  const auto old = find_type(node, rrset.type());
  if (old != node.rrsets.end()) node.rrsets.erase(old);
  node.rrsets.push_back(std::move(rrset));
  store(std::string(owner), std::move(node));
}

/// Puts the node in place, or takes its name away when nothing is left of it.
void NodeTree::store(const std::string& owner, Node node) {
  const bool existed = nodes_.find(owner) != nullptr;
  const bool exists = !node.rrsets.empty() || node.children > 0;
  ++work_;
  if (exists) {
    nodes_.set(owner, std::make_shared<const Node>(std::move(node)));
  } else {
    nodes_.erase(owner);
  }
  if (exists != existed && !is_apex(owner)) count_child(parent_of(owner), exists ? 1 : -1);
}

void NodeTree::count_child(std::string_view owner, int change) {
  const auto* present = nodes_.find(owner);
  Node node = present == nullptr ? Node{} : Node(**present);
  node.children = changed(node.children, change);
  store(std::string(owner), std::move(node));
}

bool NodeTree::is_apex(std::string_view owner) const {
  return std::find(options_.apexes.begin(), options_.apexes.end(), owner) != options_.apexes.end();
}

}  // namespace dnsd
