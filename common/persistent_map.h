#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace common {

/// A hash map whose copies cost nothing and never change one another: the shape of a snapshot.
///
/// Copying shares all nodes. A change copies only the nodes on the path to its key, at most one per
/// five bits of hash, so it costs the same in a map of a hundred and of a million; nodes that
/// nobody else holds are edited in place, which makes building from nothing cheap.
///
/// Threads: different copies may be used from different threads; one copy is for one thread at a
/// time, or for many that only read. Pointers from find() live until this copy is changed.
/// Hash and Equal must be transparent to be asked with other key types, e.g. string_view.
/// Source: Steindorfer and Vinju, "Optimizing Hash-Array Mapped Tries", OOPSLA 2015.
template <class Key, class Value, class Hash = std::hash<Key>, class Equal = std::equal_to<>>
class PersistentMap {
 public:
  using Entry = std::pair<Key, Value>;

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
      const std::uint32_t bit = bit_at(hash, shift);
      if (node->entry_bits & bit) {
        const Entry& entry = node->entries[index_of(node->entry_bits, bit)];
        return Equal{}(entry.first, key) ? &entry.second : nullptr;
      }
      if (!(node->child_bits & bit)) return nullptr;
      node = node->children[index_of(node->child_bits, bit)].get();
    }
    return nullptr;
  }

  /// Inserts or replaces.
  void set(Key key, Value value) {
    const std::uint64_t hash = hash_of(key);
    set_in(own(root_), hash, 0, Entry(std::move(key), std::move(value)));
  }

  /// Removes `key`, which must not be a reference into this map; false when it was not there.
  template <class K>
  bool erase(const K& key) {
    if (find(key) == nullptr) return false;
    erase_in(own(root_), hash_of(key), 0, key);
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
  static constexpr int kBits = 5;
  static constexpr const Value* kNone = nullptr;
  static constexpr int kHashBits = 60;  // Twelve levels; below them, a list of colliding keys.

  struct Node;

  /// A counted reference to a node. shared_ptr's use_count() gives no ordering, and editing in
  /// place needs to see everything a departed holder did.
  class NodeRef {
   public:
    NodeRef() = default;
    explicit NodeRef(Node* node) : node_(node) {}
    NodeRef(const NodeRef& other) : node_(other.node_) {
      if (node_) node_->holders.fetch_add(1, std::memory_order_relaxed);
    }
    NodeRef(NodeRef&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    NodeRef& operator=(NodeRef other) noexcept {
      std::swap(node_, other.node_);
      return *this;
    }
    ~NodeRef() {
      if (node_ && node_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete node_;
    }
    Node* get() const { return node_; }
    Node& operator*() const { return *node_; }
    Node* operator->() const { return node_; }
    explicit operator bool() const { return node_ != nullptr; }
    bool is_only_holder() const { return node_->holders.load(std::memory_order_acquire) == 1; }

   private:
    Node* node_ = nullptr;
  };

  // Entries and children stand in the order of their bits; a bit is in at most one of the masks.
  struct Node {
    Node() = default;
    Node(const Node& other)
        : entry_bits(other.entry_bits),
          child_bits(other.child_bits),
          entries(other.entries),
          children(other.children) {}
    Node& operator=(const Node&) = delete;

    std::atomic<std::uint32_t> holders{1};
    std::uint32_t entry_bits = 0;
    std::uint32_t child_bits = 0;
    std::vector<Entry> entries;
    std::vector<NodeRef> children;
  };

  template <class K>
  static std::uint64_t hash_of(const K& key) {
    return static_cast<std::uint64_t>(Hash{}(key));
  }
  static std::uint32_t bit_at(std::uint64_t hash, int shift) {
    return 1U << ((hash >> shift) & 31U);
  }
  static std::size_t index_of(std::uint32_t bits, std::uint32_t bit) {
    return static_cast<std::size_t>(std::popcount(bits & (bit - 1)));
  }
  template <class Container>
  static auto at(Container& container, std::size_t index) {
    return container.begin() + static_cast<std::ptrdiff_t>(index);
  }

  /// Makes `ref` a node that only we hold, copying it if need be.
  static Node& own(NodeRef& ref) {
    if (!ref) {
      ref = NodeRef(new Node);
    } else if (!ref.is_only_holder()) {
      ref = NodeRef(new Node(*ref));
    }
    return *ref;
  }

  template <class K>
  static const Value* find_colliding(const Node& node, const K& key) {
    for (const Entry& entry : node.entries) {
      if (Equal{}(entry.first, key)) return &entry.second;
    }
    return nullptr;
  }

  void set_in(Node& node, std::uint64_t hash, int shift, Entry entry) {
    if (shift >= kHashBits) return set_colliding(node, std::move(entry));
    const std::uint32_t bit = bit_at(hash, shift);
    if (node.child_bits & bit) {
      NodeRef& child = node.children[index_of(node.child_bits, bit)];
      return set_in(own(child), hash, shift + kBits, std::move(entry));
    }
    const auto place = at(node.entries, index_of(node.entry_bits, bit));
    if (!(node.entry_bits & bit)) {
      node.entries.insert(place, std::move(entry));
      node.entry_bits |= bit;
      ++size_;
    } else if (Equal{}(place->first, entry.first)) {
      place->second = std::move(entry.second);
    } else {
      push_down(node, bit, shift, std::move(entry));
    }
  }

  void set_colliding(Node& node, Entry entry) {
    for (Entry& other : node.entries) {
      if (Equal{}(other.first, entry.first)) {
        other.second = std::move(entry.second);
        return;
      }
    }
    node.entries.push_back(std::move(entry));
    ++size_;
  }

  /// Two keys share this slot: both move to a new child one level down.
  void push_down(Node& node, std::uint32_t bit, int shift, Entry entry) {
    const auto place = at(node.entries, index_of(node.entry_bits, bit));
    NodeRef child(new Node);
    Entry resident = std::move(*place);
    node.entries.erase(place);
    node.entry_bits &= ~bit;
    const std::uint64_t resident_hash = hash_of(resident.first);
    const std::uint64_t hash = hash_of(entry.first);
    set_in(*child, resident_hash, shift + kBits, std::move(resident));
    --size_;  // The resident was counted already.
    set_in(*child, hash, shift + kBits, std::move(entry));
    node.children.insert(at(node.children, index_of(node.child_bits, bit)), std::move(child));
    node.child_bits |= bit;
  }

  /// Precondition: the key is there.
  template <class K>
  static void erase_in(Node& node, std::uint64_t hash, int shift, const K& key) {
    if (shift >= kHashBits) {
      std::erase_if(node.entries, [&](const Entry& entry) { return Equal{}(entry.first, key); });
      return;
    }
    const std::uint32_t bit = bit_at(hash, shift);
    if (node.entry_bits & bit) {
      node.entries.erase(at(node.entries, index_of(node.entry_bits, bit)));
      node.entry_bits &= ~bit;
      return;
    }
    const auto child = at(node.children, index_of(node.child_bits, bit));
    erase_in(own(*child), hash, shift + kBits, key);
    if ((*child)->entries.empty() && (*child)->children.empty()) {
      node.children.erase(child);
      node.child_bits &= ~bit;
    } else {
      pull_up(node, bit, child);
    }
  }

  /// A child left with a single entry dissolves into its parent, so lookups stay short.
  template <class Iterator>
  static void pull_up(Node& node, std::uint32_t bit, Iterator child) {
    if (!(*child)->children.empty() || (*child)->entries.size() != 1) return;
    Entry last = std::move((*child)->entries.front());
    node.children.erase(child);
    node.child_bits &= ~bit;
    node.entries.insert(at(node.entries, index_of(node.entry_bits, bit)), std::move(last));
    node.entry_bits |= bit;
  }

  template <class Visit>
  static void visit_all(const Node& node, Visit& visit) {
    for (const Entry& entry : node.entries) visit(entry.first, entry.second);
    for (const NodeRef& child : node.children) visit_all(*child, visit);
  }

  /// What stands in one slot of a node: an entry, a child, or neither.
  struct Slot {
    const Entry* entry = nullptr;
    const Node* child = nullptr;
  };
  static Slot slot_of(const Node& node, std::uint32_t bit) {
    if (node.entry_bits & bit) return {.entry = &node.entries[index_of(node.entry_bits, bit)]};
    if (!(node.child_bits & bit)) return {};
    return {.child = node.children[index_of(node.child_bits, bit)].get()};
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
      const std::uint32_t lowest = bits & (~bits + 1);
      visit_slot_difference(slot_of(*before, lowest), slot_of(*after, lowest), shift, visit);
    }
  }

  template <class Visit>
  static void visit_slot_difference(Slot before, Slot after, int shift, Visit& visit) {
    if (before.entry == nullptr && after.entry == nullptr) {
      visit_difference(before.child, after.child, shift + kBits, visit);
    } else if (after.entry == nullptr) {
      visit_entry_difference(*before.entry, after.child, visit);
    } else if (before.entry == nullptr) {
      // The roles are exchanged, and exchanged back for the visitor.
      auto exchanged = [&](const Key& key, const Value* was, const Value* is) {
        visit(key, is, was);
      };
      visit_entry_difference(*after.entry, before.child, exchanged);
    } else if (!Equal{}(before.entry->first, after.entry->first)) {
      visit(before.entry->first, &before.entry->second, kNone);
      visit(after.entry->first, kNone, &after.entry->second);
    } else if (!(before.entry->second == after.entry->second)) {
      visit(before.entry->first, &before.entry->second, &after.entry->second);
    }
  }

  /// One entry before; a subtree or nothing after.
  template <class Visit>
  static void visit_entry_difference(const Entry& before, const Node* after, Visit& visit) {
    bool found = false;
    auto compare = [&](const Key& key, const Value& value) {
      if (!Equal{}(key, before.first)) {
        visit(key, kNone, &value);
      } else {
        found = true;
        if (!(before.second == value)) visit(key, &before.second, &value);
      }
    };
    if (after != nullptr) visit_all(*after, compare);
    if (!found) visit(before.first, &before.second, kNone);
  }

  template <class Visit>
  static void visit_colliding_difference(const Node& before, const Node& after, Visit& visit) {
    for (const Entry& entry : before.entries) {
      const Value* now = find_colliding(after, entry.first);
      if (now == nullptr || !(*now == entry.second)) visit(entry.first, &entry.second, now);
    }
    for (const Entry& entry : after.entries) {
      if (find_colliding(before, entry.first) == nullptr) visit(entry.first, kNone, &entry.second);
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
