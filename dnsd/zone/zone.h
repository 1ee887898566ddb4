#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/hash.h"
#include "common/persistent_map.h"
#include "dnsd/wire/name.h"
#include "dnsd/zone/node.h"

namespace dnsd {

/// A name in wire form and lower case with its hash, for who looks it up more than once.
struct HashedName {
  std::string_view name;
  std::uint64_t hash;

  static HashedName of(std::string_view name) { return {name, common::hash_bytes(name)}; }
  friend bool operator==(std::string_view a, const HashedName& b) { return a == b.name; }
};

struct NameHash {
  std::uint64_t operator()(std::string_view name) const { return common::hash_bytes(name); }
  std::uint64_t operator()(const HashedName& name) const { return name.hash; }
};

/// A node alone, as it holds its name.
struct KeptNodes {
  using Entry = Node;

  static Node make(std::string_view /*name*/, Node node) { return node; }
  static std::string_view key(const Node& node) { return node.name(); }
  static const Node& value(const Node& node) { return node; }
};

/// Everything we are authoritative for, at one generation of the catalog. Immutable, shared by all
/// workers.
///
/// In truth several DNS zones, one for each domain that lies in no other: dcos.<domain> and
/// l4lb.<domain> are names inside one. So a resolver needs one delegation a domain, nothing between
/// the apex and a service is somebody else's, and a negative answer has one SOA to name.
class Zone {
 public:
  /// By name, which each node holds itself.
  using Nodes = common::PersistentMap<std::string_view, Node, NameHash, std::equal_to<>, KeptNodes>;

  struct Apex {
    std::string name;   // Wire form, lower case.
    Node negative_soa;  // Holds the SOA record for negative answers, and nothing else.
  };

  /// Names at or below `domain` are answered as those at or below `target` are, unless they have
  /// nodes of their own. Wire form, lower case.
  struct Alias {
    std::string domain;
    std::string target;
  };

  Zone(std::vector<Apex> apexes,
       std::vector<Alias> aliases,
       Nodes nodes,
       std::uint64_t generation,
       bool synced);

  /// The zone a name belongs to: the longest apex at or above it; null when it isn't ours.
  const Apex* apex_of(std::string_view name) const;
  const std::vector<Apex>& apexes() const { return apexes_; }     // Longest name first,
  const std::vector<Alias>& aliases() const { return aliases_; }  // and so are these.
  /// The node at a name in wire form and lower case; null when no such name exists.
  const Node* find(const HashedName& name) const {
    const Node* node = nodes_.find(name);
    return node == nullptr ? find_alias(name.name, kMaxAliases) : node;
  }
  const Node* find(std::string_view name) const { return find(HashedName::of(name)); }

  /// find() for `names`, kAtOnce at most, into `found`: their waits for memory overlap.
  void find_all(std::span<const HashedName> names, std::span<const Node*> found) const;
  static constexpr std::size_t kAtOnce = Nodes::kAtOnce;

  /// While false we don't know what doesn't exist, and answer SERVFAIL.
  bool synced() const { return synced_; }
  std::uint64_t generation() const { return generation_; }
  /// Of every SOA record. Moves with the generation and wraps as RFC 1982 wants.
  std::uint32_t serial() const { return static_cast<std::uint32_t>(generation_); }
  const Nodes& nodes() const { return nodes_; }

  /// An alias may lead to another, as dclb.thisdcos.global does.
  static constexpr int kMaxAliases = 3;

 private:
  const Node* find_alias(std::string_view name, int steps) const;

  std::vector<Apex> apexes_;    // Longest first.
  std::vector<Alias> aliases_;  // Longest first.
  Nodes nodes_;
  std::uint64_t generation_;
  bool synced_;
};

}  // namespace dnsd
