#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/hash.h"
#include "dnsd/zone/contribution.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// A change of how many stand behind one record.
struct Edit {
  std::string_view owner;  // Wire form, lower case, at or below an apex.
  RrType type{};
  std::string_view rdata;
  int usable = 0;
  int passing = 0;
  std::uint32_t ttl_s = kZoneTtl;
  Rank rank = Rank::Elsewhere;
  std::uint64_t place = common::hash_bytes(owner);  // Of the owner among others: as in Zone::Nodes.

  HashedName key() const { return {owner, place}; }
};

/// Sorts edits by owner, in some order, by type and member, and joins those of one record; what
/// evens out is dropped.
void combine(std::vector<Edit>& edits);

/// The nodes of all zones, changed in place of record counts. Keeps empty non-terminals: a name
/// exists while it has records or any name below it does (RFC 8020).
class NodeTree {
 public:
  struct Options {
    std::vector<std::string> apexes;  // Wire form, lower case. Nothing is kept above them.
    std::uint32_t ttl_s = 0;
    bool fails_open = true;  // Publish members that don't pass when none does.
  };
  explicit NodeTree(Options options) : options_(std::move(options)) {}

  /// Applies combined edits. Cost follows the edits and the members of the names they touch.
  void apply(std::span<const Edit> edits);
  /// Makes a record the only one of its type; for those nobody counts.
  void replace(std::string_view owner, RrType type, std::string_view rdata);
  /// Takes every record of a name away, but for the SOA and NS of an apex.
  void clear(std::string_view owner);

  const Zone::Nodes& nodes() const { return nodes_; }
  std::uint64_t work() const { return work_; }  // Members looked at and nodes written.

 private:
  std::size_t look_ahead(std::span<const Edit> edits) const;
  void apply_at(const HashedName& owner, std::span<const Edit> edits);
  template <class IsLeftOut>
  void draft_from(const Node* node, std::string_view owner, IsLeftOut is_left_out);
  void add_rrset(RrType type, const std::vector<Member>& members);
  void store(std::string_view owner, const Node* before);
  void count_children();
  void add_children(std::string_view owner, int change);
  bool is_apex(std::string_view owner) const;

  Options options_;
  /// A name right below `parent` that came, or went.
  struct Child {
    std::string_view parent;  // Of the text of the change under way.
    int change = 0;
    std::uint64_t place = common::hash_bytes(parent);
  };

  Zone::Nodes nodes_;
  std::uint64_t work_ = 0;

  // Of the change under way; kept for the next one, to spare it the memory.
  NodeDraft draft_;
  std::vector<Member> merged_;
  std::vector<Member> published_;
  std::vector<Member> withheld_;
  std::vector<Child> children_;  // Not counted yet.
};

}  // namespace dnsd
