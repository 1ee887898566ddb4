#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/hash.h"
#include "common/persistent_map.h"
#include "dnsd/wire/name.h"
#include "dnsd/zone/node.h"

namespace dnsd {

/// Everything we are authoritative for, at one generation of the catalog. Immutable, shared by all
/// workers.
///
/// In truth two DNS zones, one for each configured domain, and no more: dcos.<domain> and
/// l4lb.<domain> are names inside the latter. So a resolver needs one delegation a domain, nothing
/// between the apex and a service is somebody else's, and a negative answer has one SOA to name.
class Zone {
 public:
  /// By name, which each node holds itself.
  using Nodes = common::PersistentMap<std::string_view, Node, common::StringHash>;

  struct Apex {
    std::string name;   // Wire form, lower case.
    Node negative_soa;  // Holds the SOA record for negative answers, and nothing else.
  };

  Zone(std::vector<Apex> apexes, Nodes nodes, std::uint64_t generation, bool synced);

  /// The zone a name belongs to: the longest apex at or above it; null when it isn't ours.
  const Apex* apex_of(std::string_view name) const;
  const std::vector<Apex>& apexes() const { return apexes_; }  // Longest name first.
  /// The node at a name in wire form and lower case; null when no such name exists.
  const Node* find(std::string_view name) const { return nodes_.find(name); }

  /// While false we don't know what doesn't exist, and answer SERVFAIL.
  bool synced() const { return synced_; }
  std::uint64_t generation() const { return generation_; }
  /// Of every SOA record. Moves with the generation and wraps as RFC 1982 wants.
  std::uint32_t serial() const { return static_cast<std::uint32_t>(generation_); }
  const Nodes& nodes() const { return nodes_; }

 private:
  std::vector<Apex> apexes_;  // Longest first.
  Nodes nodes_;
  std::uint64_t generation_;
  bool synced_;
};

}  // namespace dnsd
