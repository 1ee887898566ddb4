#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "common/prefetch.h"
#include "common/trie_node.h"

namespace common {

/// How a PersistentMap keeps its keys and values: side by side. Values that know their key can be
/// kept alone, by another type with these members.
template <class Key, class Value>
struct KeptPairs {
  using Entry = std::pair<Key, Value>;

  static Entry make(Key key, Value value) { return {std::move(key), std::move(value)}; }
  static const Key& key(const Entry& entry) { return entry.first; }
  static const Value& value(const Entry& entry) { return entry.second; }
};

/// A hash map whose copies cost nothing and never change one another: the shape of a snapshot.
///
/// Copying shares all nodes. A change copies only the nodes on the path to its key, at most one per
/// five bits of hash, so it costs the same in a map of a hundred and of a million; nodes that
/// nobody else holds are edited in place, which makes building from nothing cheap. A node is one
/// block of memory that holds its entries too: lookups are waiting for memory, and little else.
///
/// Threads: different copies may be used from different threads; one copy is for one thread at a
/// time, or for many that only read. Pointers from find() live until this copy is changed.
/// Hash and Equal must be transparent to be asked with other key types, e.g. string_view.
/// Source: Steindorfer and Vinju, "Optimizing Hash-Array Mapped Tries", OOPSLA 2015.
template <class Key,
          class Value,
          class Hash = std::hash<Key>,
          class Equal = std::equal_to<>,
          class Kept = KeptPairs<Key, Value>>
class PersistentMap {
 public:
  using Entry = typename Kept::Entry;

  PersistentMap() = default;
  PersistentMap(const PersistentMap&) = default;
  PersistentMap(PersistentMap&& other) noexcept
      : root_(std::move(other.root_)), size_(std::exchange(other.size_, 0)) {}
  PersistentMap& operator=(PersistentMap other) noexcept {
    root_ = std::move(other.root_);
    size_ = other.size_;
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// The value at `key`, or null.
  template <class K>
  const Value* find(const K& key) const {
    const std::uint64_t hash = hash_of(key);
    const Node* node = root_.get();
    for (int shift = 0; node != nullptr; shift += kBits) {
      if (shift >= kHashBits) return find_colliding(*node, key);
      const std::uint32_t bit = Node::bit_at(hash, shift);
      if (node->entry_bits & bit) {
        const Entry& entry = node->entry_at(bit);
        return is_at(entry, key) ? &Kept::value(entry) : nullptr;
      }
      if (!(node->child_bits & bit)) return nullptr;
      node = node->child_at(bit).get();
    }
    return nullptr;
  }

  /// The hash of a key, for look_ahead().
  template <class K>
  static std::uint64_t hash_of(const K& key) {
    return static_cast<std::uint64_t>(Hash{}(key));
  }

  /// find() for keys with these hashes, kAtOnce at most, but for comparing keys: brings into the
  /// caches all that it reads. All are followed at a time, level by level, so that their waits for
  /// memory overlap. `touch(value)` is called for each value that may be meant, to go on from
  /// there.
  template <class Touch>
  void look_ahead(std::span<const std::uint64_t> hashes, Touch touch) const {
    std::array<const Entry*, kAtOnce> ignored;
    follow(hashes, ignored, touch);
  }
  /// find() for `keys`, kAtOnce at most, into the values `found`, with look_ahead().
  template <class K, class Touch>
  void find_all(std::span<const K> keys, std::span<const Value*> found, Touch touch) const {
    std::array<std::uint64_t, kAtOnce> hashes;
    std::array<const Entry*, kAtOnce> entries;
    std::transform(
        keys.begin(), keys.end(), hashes.begin(), [](const K& key) { return hash_of(key); });
    const bool is_whole = follow(std::span(hashes).first(keys.size()), entries, touch);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Entry* entry = entries[i];
      if (entry == nullptr) {
        found[i] = is_whole ? nullptr : find(keys[i]);
      } else {
        found[i] = is_at(*entry, keys[i]) ? &Kept::value(*entry) : nullptr;
      }
    }
  }
  static constexpr std::size_t kAtOnce = 32;

  /// Inserts, or replaces an equal key together with its value.
  void set(Key key, Value value) {
    const std::uint64_t hash = hash_of(key);
    set_in(root_, hash, 0, Kept::make(std::move(key), std::move(value)));
  }

  /// Removes `key`, which must not be a reference into this map; false when it was not there.
  template <class K>
  bool erase(const K& key) {
    if (find(key) == nullptr) return false;
    erase_in(root_, hash_of(key), 0, key);
    --size_;
    return true;
  }

  /// Calls visit(key, value) for every entry, in no particular order.
  template <class Visit>
  void for_each(Visit visit) const {
    if (root_) visit_all(*root_, visit);
  }

  /// Calls visit(key, before, after) for every key whose value is not the same in both maps, in no
  /// particular order. The values come as pointers: `before` is null for a new key, `after` for one
  /// that is gone. Values are compared with ==.
  /// Cost: what the maps share is skipped, so between two snapshots it follows the change.
  template <class Visit>
  static void for_each_difference(const PersistentMap& before,
                                  const PersistentMap& after,
                                  Visit visit) {
    visit_difference(before.root_.get(), after.root_.get(), 0, visit);
  }

 private:
  using Node = TrieNode<Entry>;
  using NodeRef = TrieRef<Node>;
  using Slot = typename Node::Slot;

  static constexpr int kBits = Node::kBits;
  static constexpr int kHashBits = Node::kHashBits;
  static constexpr const Value* kNone = nullptr;

  template <class K>
  static bool is_at(const Entry& entry, const K& key) {
    return Equal{}(Kept::key(entry), key);
  }
  /// The entries that hashes lead to; null where there is none, or, if it returns false, several
  /// keys with one hash.
  template <class Touch>
  bool follow(std::span<const std::uint64_t> hashes,
              std::span<const Entry*, kAtOnce> entries,
              Touch touch) const {
    assert(hashes.size() <= kAtOnce);
    std::array<const Node*, kAtOnce> nodes;
    std::array<Slot, kAtOnce> slots;
    std::fill_n(nodes.begin(), hashes.size(), root_.get());
    std::fill_n(entries.begin(), hashes.size(), nullptr);
    for (int shift = 0; shift < kHashBits; shift += kBits) {
      for (std::size_t i = 0; i < hashes.size(); ++i) {
        slots[i] = nodes[i] == nullptr ? Slot() : nodes[i]->slot(Node::bit_at(hashes[i], shift));
        common::prefetch(slots[i].place());
      }
      bool is_done = true;
      for (std::size_t i = 0; i < hashes.size(); ++i) {
        if (slots[i].entry != nullptr) {
          entries[i] = slots[i].entry;
          touch(Kept::value(*entries[i]));
        }
        nodes[i] = slots[i].node();
        common::prefetch(nodes[i]);
        is_done = is_done && nodes[i] == nullptr;
      }
      if (is_done) return true;
    }
    return false;
  }

  template <class K>
  static const Value* find_colliding(const Node& node, const K& key) {
    for (const Entry& entry : node.all_entries()) {
      if (is_at(entry, key)) return &Kept::value(entry);
    }
    return nullptr;
  }

  void set_in(NodeRef& ref, std::uint64_t hash, int shift, Entry entry) {
    if (!ref) ref = Node::make(0, 0, 0);
    if (shift >= kHashBits) return set_colliding(ref, std::move(entry));
    const std::uint32_t bit = Node::bit_at(hash, shift);
    if (ref->child_bits & bit) {
      set_in(Node::own(ref).child_at(bit), hash, shift + kBits, std::move(entry));
    } else if (!(ref->entry_bits & bit)) {
      Node::edit(ref, {.entry_new = bit, .entry = &entry});
      ++size_;
    } else if (is_at(ref->entry_at(bit), Kept::key(entry))) {
      Node::own(ref).entry_at(bit) = std::move(entry);
    } else {
      push_down(ref, bit, shift, std::move(entry));
    }
  }

  void set_colliding(NodeRef& ref, Entry entry) {
    const auto entries = Node::own(ref).all_entries();
    for (Entry& other : entries) {
      if (!is_at(other, Kept::key(entry))) continue;
      other = std::move(entry);
      return;
    }
    NodeRef longer = Node::make(0, 0, entries.size() + 1);
    for (Entry& other : entries) longer->add_entry(std::move(other));
    longer->add_entry(std::move(entry));
    ref = std::move(longer);
    ++size_;
  }

  /// Two keys share this slot: both move to a new child one level down.
  void push_down(NodeRef& ref, std::uint32_t bit, int shift, Entry entry) {
    Entry resident = std::move(Node::own(ref).entry_at(bit));
    const std::uint64_t resident_hash = hash_of(Kept::key(resident));
    const std::uint64_t hash = hash_of(Kept::key(entry));
    NodeRef child;
    set_in(child, resident_hash, shift + kBits, std::move(resident));
    --size_;  // The resident was counted already.
    set_in(child, hash, shift + kBits, std::move(entry));
    Node::edit(ref, {.entry_gone = bit, .child_new = bit, .child = &child});
  }

  /// Precondition: the key is there.
  template <class K>
  static void erase_in(NodeRef& ref, std::uint64_t hash, int shift, const K& key) {
    if (shift >= kHashBits) return erase_colliding(ref, key);
    const std::uint32_t bit = Node::bit_at(hash, shift);
    if (ref->entry_bits & bit) return Node::edit(ref, {.entry_gone = bit});
    NodeRef& child = Node::own(ref).child_at(bit);
    erase_in(child, hash, shift + kBits, key);
    if (child->child_bits == 0 && child->entry_count == 1) pull_up(ref, bit);
  }

  template <class K>
  static void erase_colliding(NodeRef& ref, const K& key) {
    const auto entries = Node::own(ref).all_entries();
    NodeRef shorter = Node::make(0, 0, entries.size() - 1);
    for (Entry& entry : entries) {
      if (!is_at(entry, key)) shorter->add_entry(std::move(entry));
    }
    ref = std::move(shorter);
  }

  /// A child left with a single entry dissolves into its parent, so lookups stay short. No child
  /// is ever left with less: it had two entries when it was made.
  static void pull_up(NodeRef& ref, std::uint32_t bit) {
    Entry last = std::move(Node::own(ref->child_at(bit)).all_entries().front());
    Node::edit(ref, {.child_gone = bit, .entry_new = bit, .entry = &last});
  }

  template <class Visit>
  static void visit_all(const Node& node, Visit& visit) {
    for (const Entry& entry : node.all_entries()) visit(Kept::key(entry), Kept::value(entry));
    for (const NodeRef& child : node.all_children()) visit_all(*std::as_const(child), visit);
  }

  template <class Visit>
  static void visit_difference(const Node* before, const Node* after, int shift, Visit& visit) {
    if (before == after) return;
    if (before == nullptr) return visit_added(*after, visit);
    if (after == nullptr) return visit_removed(*before, visit);
    if (shift >= kHashBits) return visit_colliding_difference(*before, *after, visit);
    std::uint32_t bits =
        before->entry_bits | before->child_bits | after->entry_bits | after->child_bits;
    for (; bits != 0; bits &= bits - 1) {
      const std::uint32_t lowest = Node::lowest_of(bits);
      visit_slot_difference(before->slot(lowest), after->slot(lowest), shift, visit);
    }
  }

  template <class Visit>
  static void visit_slot_difference(Slot before, Slot after, int shift, Visit& visit) {
    if (before.entry == nullptr && after.entry == nullptr) {
      visit_difference(before.node(), after.node(), shift + kBits, visit);
    } else if (after.entry == nullptr) {
      visit_entry_difference(*before.entry, after.node(), visit);
    } else if (before.entry == nullptr) {
      // The roles are exchanged, and exchanged back for the visitor.
      auto exchanged = [&](const Key& key, const Value* was, const Value* is) {
        visit(key, is, was);
      };
      visit_entry_difference(*after.entry, before.node(), exchanged);
    } else {
      visit_entries_difference(*before.entry, *after.entry, visit);
    }
  }

  template <class Visit>
  static void visit_entries_difference(const Entry& before, const Entry& after, Visit& visit) {
    if (!is_at(before, Kept::key(after))) {
      visit(Kept::key(before), &Kept::value(before), kNone);
      visit(Kept::key(after), kNone, &Kept::value(after));
    } else if (!(Kept::value(before) == Kept::value(after))) {
      visit(Kept::key(before), &Kept::value(before), &Kept::value(after));
    }
  }

  /// One entry before; a subtree or nothing after.
  template <class Visit>
  static void visit_entry_difference(const Entry& before, const Node* after, Visit& visit) {
    bool found = false;
    auto compare = [&](const Key& key, const Value& value) {
      if (!is_at(before, key)) {
        visit(key, kNone, &value);
      } else {
        found = true;
        if (!(Kept::value(before) == value)) visit(key, &Kept::value(before), &value);
      }
    };
    if (after != nullptr) visit_all(*after, compare);
    if (!found) visit(Kept::key(before), &Kept::value(before), kNone);
  }

  template <class Visit>
  static void visit_colliding_difference(const Node& before, const Node& after, Visit& visit) {
    for (const Entry& entry : before.all_entries()) {
      const Value* now = find_colliding(after, Kept::key(entry));
      const Value& was = Kept::value(entry);
      if (now == nullptr || !(*now == was)) visit(Kept::key(entry), &was, now);
    }
    for (const Entry& entry : after.all_entries()) {
      if (find_colliding(before, Kept::key(entry)) != nullptr) continue;
      visit(Kept::key(entry), kNone, &Kept::value(entry));
    }
  }

  template <class Visit>
  static void visit_added(const Node& node, Visit& visit) {
    auto added = [&](const Key& key, const Value& value) { visit(key, kNone, &value); };
    visit_all(node, added);
  }

  template <class Visit>
  static void visit_removed(const Node& node, Visit& visit) {
    auto removed = [&](const Key& key, const Value& value) { visit(key, &value, kNone); };
    visit_all(node, removed);
  }

  NodeRef root_;
  std::size_t size_ = 0;
};

}  // namespace common
