#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>

namespace common {

/// A counted reference to a node. shared_ptr's use_count() gives no ordering, and editing in
/// place needs to see everything a departed holder did.
template <class Node>
class TrieRef {
 public:
  TrieRef() = default;
  explicit TrieRef(Node* node) : node_(node) {}
  TrieRef(const TrieRef& other) : node_(other.node_) {
    if (node_) node_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  TrieRef(TrieRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  TrieRef& operator=(TrieRef other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~TrieRef() {
    if (node_ && node_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) Node::free(node_);
  }
  Node* get() const { return node_; }
  Node& operator*() const { return *node_; }
  Node* operator->() const { return node_; }
  explicit operator bool() const { return node_ != nullptr; }
  bool is_only_holder() const { return node_->holders.load(std::memory_order_acquire) == 1; }

 private:
  Node* node_ = nullptr;
};

/// The head of a node's block; its children follow, then its entries, both in the order of their
/// bits. A bit is in at most one of the masks. Nodes below the last level have entries only, and
/// no bits for them.
template <class Entry>
struct alignas(std::max(alignof(Entry), alignof(void*))) TrieNode {
  using Ref = TrieRef<TrieNode>;

  static constexpr int kBits = 5;       // Of a hash, at each level.
  static constexpr int kHashBits = 60;  // Twelve levels; below them, a list of colliding keys.

  std::atomic<std::uint32_t> holders{1};
  std::uint32_t entry_bits = 0;
  std::uint32_t child_bits = 0;
  std::uint32_t child_count = 0;  // Built so far, as is entry_count.
  std::size_t entry_count = 0;

  /// A node for which add_child() and then add_entry() must be called as often as said here.
  static Ref make(std::uint32_t entry_bits, std::uint32_t child_bits, std::size_t entries) {
    const std::size_t size = entries_offset(child_bits) + entries * sizeof(Entry);
    TrieNode* node = new (::operator new (size, std::align_val_t{alignof(TrieNode)})) TrieNode;
    node->entry_bits = entry_bits;
    node->child_bits = child_bits;
    return Ref(node);
  }
  static void free(TrieNode* node) {
    std::destroy_n(node->children(), node->child_count);
    std::destroy_n(node->entries(), node->entry_count);
    node->~TrieNode();
    ::operator delete (node, std::align_val_t{alignof(TrieNode)});
  }
  void add_child(Ref child) { new (children() + child_count++) Ref(std::move(child)); }
  void add_entry(Entry entry) {
    new (entries() + entry_count) Entry(std::move(entry));
    ++entry_count;
  }

  std::span<const Entry> all_entries() const { return {entries(), entry_count}; }
  std::span<const Ref> all_children() const { return {children(), child_count}; }
  std::span<Entry> all_entries() { return {entries(), entry_count}; }

  const Ref& child_at(std::uint32_t bit) const { return children()[index_of(child_bits, bit)]; }
  const Entry& entry_at(std::uint32_t bit) const { return entries()[index_of(entry_bits, bit)]; }
  Ref& child_at(std::uint32_t bit) { return children()[index_of(child_bits, bit)]; }
  Entry& entry_at(std::uint32_t bit) { return entries()[index_of(entry_bits, bit)]; }

  /// From the top of the hash down: keys in the order of their hashes stand in the order in which
  /// one would walk through the tree, so that neighbours have most of their path in common.
  static std::uint32_t bit_at(std::uint64_t hash, int depth) {
    return 1U << (hash >> (64 - kBits - depth) & 31U);
  }
  static std::uint32_t lowest_of(std::uint32_t bits) { return bits & (~bits + 1); }

  /// What stands in one slot of a node: an entry, a child, or neither.
  struct Slot {
    const Entry* entry = nullptr;
    const Ref* child = nullptr;

    const TrieNode* node() const { return child == nullptr ? nullptr : child->get(); }
    /// Where it stands, to be prefetched.
    const void* place() const {
      return entry != nullptr ? static_cast<const void*>(entry) : static_cast<const void*>(child);
    }
  };
  Slot slot(std::uint32_t bit) const {
    if (entry_bits & bit) return {.entry = &entry_at(bit)};
    if (child_bits & bit) return {.child = &child_at(bit)};
    return {};
  }

  /// Makes `ref` a node that only we hold, copying it if need be.
  static TrieNode& own(Ref& ref) {
    if (ref.is_only_holder()) return *ref;
    Ref copy = TrieNode::make(ref->entry_bits, ref->child_bits, ref->entry_count);
    for (const Ref& child : std::as_const(*ref).all_children()) copy->add_child(child);
    for (const Entry& entry : std::as_const(*ref).all_entries()) copy->add_entry(entry);
    ref = std::move(copy);
    return *ref;
  }

  /// What changes in the slots of a node. Bits that are 0 say nothing.
  struct Edit {
    std::uint32_t entry_gone = 0;
    std::uint32_t child_gone = 0;
    std::uint32_t entry_new = 0;
    Entry* entry = nullptr;  // Moved from.
    std::uint32_t child_new = 0;
    Ref* child = nullptr;  // Moved from.
  };

  /// Puts an edited copy in place of the node; what nobody else holds is moved into it.
  static void edit(Ref& ref, const Edit& edit) {
    TrieNode& old = *ref;
    const bool movable = ref.is_only_holder();
    const std::uint32_t entry_bits = (old.entry_bits & ~edit.entry_gone) | edit.entry_new;
    const std::uint32_t child_bits = (old.child_bits & ~edit.child_gone) | edit.child_new;
    const auto entries = static_cast<std::size_t>(std::popcount(entry_bits));
    Ref made = TrieNode::make(entry_bits, child_bits, entries);
    for (std::uint32_t bits = child_bits; bits != 0; bits &= bits - 1) {
      const std::uint32_t bit = lowest_of(bits);
      made->add_child(bit == edit.child_new ? std::move(*edit.child)
                                            : taken(old.child_at(bit), movable));
    }
    for (std::uint32_t bits = entry_bits; bits != 0; bits &= bits - 1) {
      const std::uint32_t bit = lowest_of(bits);
      made->add_entry(bit == edit.entry_new ? std::move(*edit.entry)
                                            : taken(old.entry_at(bit), movable));
    }
    ref = std::move(made);
  }

 private:
  static std::size_t index_of(std::uint32_t bits, std::uint32_t bit) {
    return static_cast<std::size_t>(std::popcount(bits & (bit - 1)));
  }
  static std::size_t entries_offset(std::uint32_t child_bits) {
    const std::size_t children = static_cast<std::size_t>(std::popcount(child_bits));
    const std::size_t end = sizeof(TrieNode) + children * sizeof(Ref);
    return (end + alignof(Entry) - 1) / alignof(Entry) * alignof(Entry);
  }
  template <class T>
  T* at(std::size_t offset) const {
    auto* block = reinterpret_cast<std::byte*>(const_cast<TrieNode*>(this));
    return std::launder(reinterpret_cast<T*>(block + offset));
  }
  Ref* children() const { return at<Ref>(sizeof(TrieNode)); }
  Entry* entries() const { return at<Entry>(entries_offset(child_bits)); }
  template <class T>
  static T taken(T& from, bool movable) {
    return movable ? T(std::move(from)) : T(from);
  }
};

}  // namespace common
