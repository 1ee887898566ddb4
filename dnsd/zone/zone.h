#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/hash.h"
#include "common/persistent_map.h"
#include "dnsd/wire/name.h"
#include "dnsd/zone/rrset.h"

namespace dnsd {

/// What stands at one owner.
struct Node {
  std::vector<RrSet> rrsets;   // One per type; none at an empty non-terminal.
  std::uint32_t children = 0;  // Names one label longer: while there is any, this name exists.

  /// The RRset of a type, or null when nothing of it is published.
  const RrSet* find(RrType type) const {
    for (const RrSet& rrset : rrsets) {
      if (rrset.type() == type) return rrset.size() > 0 ? &rrset : nullptr;
    }
    return nullptr;
  }
};

/// Everything we are authoritative for, at one generation of the catalog. Immutable, shared by all
/// workers. In truth a few DNS zones, each with its apex.
class Zone {
 public:
  /// Names in wire form and lower case.
  using Nodes = common::PersistentMap<std::string, std::shared_ptr<const Node>, common::StringHash>;

  struct Apex {
    std::string name;                           // Wire form, lower case.
    std::shared_ptr<const RrSet> negative_soa;  // The SOA record for negative answers.
  };

  Zone(std::vector<Apex> apexes, Nodes nodes, std::uint64_t generation, bool synced);

  /// The zone a name belongs to: the longest apex at or above it; null when it isn't ours.
  const Apex* apex_of(std::string_view name) const;
  /// The node at a name in wire form and lower case; null when no such name exists.
  const Node* find(std::string_view name) const {
    const auto* node = nodes_.find(name);
    return node == nullptr ? nullptr : node->get();
  }

  /// While false we don't know what doesn't exist, and answer SERVFAIL.
  bool synced() const { return synced_; }
  std::uint64_t generation() const { return generation_; }
  /// Of every SOA record. Moves with the generation and wraps as RFC 1982 wants.
  std::uint32_t serial() const { return static_cast<std::uint32_t>(generation_); }
  std::size_t names() const { return nodes_.size(); }

 private:
  std::vector<Apex> apexes_;  // Longest first.
  Nodes nodes_;
  std::uint64_t generation_;
  bool synced_;
};

}  // namespace dnsd
