#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "common/prefetch.h"
#include "dnsd/zone/rrset.h"

namespace dnsd {

/// What stands at one owner: its name, its RRsets, and how many names stand right below it. A name
/// without RRsets is an empty non-terminal.
///
/// Immutable; copies share one block of memory that holds everything, because an answer to a cold
/// name costs as much as it meets blocks that no cache has.
class Node {
 public:
  Node(const Node& other) : block_(other.block_) { hold(); }
  Node(Node&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  Node& operator=(Node other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~Node() { release(); }

  /// Wire form, lower case. Lives as long as any copy.
  std::string_view name() const {
    return {reinterpret_cast<const char*>(block_ + name_offset()), head().name_size};
  }
  std::uint32_t children() const { return head().children; }
  std::size_t rrset_count() const { return head().rrsets; }
  RrSet rrset(std::size_t index) const;

  /// The RRset of a type; without records when there is none.
  RrSet find(RrType type) const;

  /// Brings the front of it into the caches, which is all of most nodes.
  void prefetch() const {
    for (std::size_t at = 0; at < kPrefetched; at += kCacheLine) common::prefetch(block_ + at);
  }

  /// Are they copies of one node?
  friend bool operator==(const Node& a, const Node& b) { return a.block_ == b.block_; }

 private:
  friend class NodeDraft;

  using Holders = std::atomic<std::uint32_t>;

  // The block: who shares it, this, the heads of the RRsets, the name, the octets of the RRsets.
  struct Head {
    std::uint32_t children = 0;
    std::uint16_t rrsets = 0;
    std::uint16_t name_size = 0;
  };

  static constexpr std::size_t kCacheLine = 64;
  static constexpr std::size_t kPrefetched = 4 * kCacheLine;
  static constexpr std::size_t kHeads = sizeof(Holders) + sizeof(Head);  // Where those begin.

  /// An empty block of this size, with one holder.
  static Node make(std::size_t size);
  explicit Node(std::uint8_t* block) : block_(block) {}
  Holders& holders() const { return *std::launder(reinterpret_cast<Holders*>(block_)); }
  void hold() const;
  void release() const;

  Head head() const { return at<Head>(sizeof(Holders)); }
  RrSet::Head rrset_head(std::size_t index) const {
    return at<RrSet::Head>(kHeads + index * sizeof(RrSet::Head));
  }
  template <class T>
  T at(std::size_t offset) const {
    T value;
    std::memcpy(&value, block_ + offset, sizeof value);
    return value;
  }
  std::size_t name_offset() const { return kHeads + rrset_count() * sizeof(RrSet::Head); }

  std::uint8_t* block_;  // Null once moved from. A count beside what is counted: one block a name.
};

inline RrSet Node::rrset(std::size_t index) const {
  std::size_t offset = name_offset() + head().name_size;
  for (std::size_t i = 0; i < index; ++i) offset += rrset_head(i).octets;
  const RrSet::Head head = rrset_head(index);
  return {head, {block_ + offset, head.octets}};
}

inline RrSet Node::find(RrType type) const {
  const std::size_t count = rrset_count();
  for (std::size_t i = 0; i < count; ++i) {
    if (rrset_head(i).type == type) return rrset(i);
  }
  return {};
}

/// A node in the making; may be used for one after another.
class NodeDraft {
 public:
  NodeDraft() = default;
  explicit NodeDraft(std::string_view name) : name_(name) {}

  /// Begins anew. `name` lives until the next call.
  void start(std::string_view name);
  void set_children(std::uint32_t children) { children_ = children; }
  std::uint32_t children() const { return children_; }
  /// Takes over an RRset as it is.
  void add(const RrSet& rrset);
  /// Arguments as of RrSet::write().
  void add(RrType type,
           std::uint32_t ttl_s,
           std::span<const Member> published,
           std::span<const Member> withheld = {});

  /// Is there a reason for the name to exist?
  bool exists() const { return children_ > 0 || !heads_.empty(); }
  Node finish() const;

 private:
  std::string_view name_;
  std::uint32_t children_ = 0;
  std::vector<RrSet::Head> heads_;
  std::vector<std::uint8_t> octets_;
};

}  // namespace dnsd
