#pragma once

#include <algorithm>
#include <atomic>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>

namespace common {

template <class T>
class Shared;

/// What a Shared<T> is made of.
template <class U, class T>
concept Makes = !std::same_as<std::remove_cvref_t<U>, Shared<T>> && std::constructible_from<T, U>;

/// What a Shared<std::string> is compared with as it is, e.g. a literal.
template <class U, class T>
concept ComparesAsText = std::same_as<T, std::string> && !std::same_as<U, Shared<T>> &&
                         !std::same_as<U, T> && std::is_convertible_v<const U&, std::string_view>;

/// What stands in a list that a container is made of; nothing does for what is no container.
template <class T>
struct ItemOf {
  struct Type {};
};
template <class T>
requires requires { typename T::value_type; }
struct ItemOf<T> {
  using Type = typename T::value_type;
};

/// A string, container or other value with empty() that all copies share: eight octets each, and
/// the value itself once. Reads like a `const T`; edit() and assignment leave the copies of others
/// alone. T{} takes no memory.
///
/// Threads: as shared_ptr<const T>.
template <class T>
class Shared {
 public:
  Shared() = default;
  // NOLINTBEGIN(google-explicit-constructor, bugprone-forwarding-reference-overload)
  template <Makes<T> U>
  Shared(U&& value) : Shared(T(std::forward<U>(value))) {}
  Shared(T value) : node_(value == T{} ? nullptr : new Node{.value = std::move(value)}) {}
  // NOLINTEND(google-explicit-constructor, bugprone-forwarding-reference-overload)
  Shared(std::initializer_list<typename ItemOf<T>::Type> items) requires(
      !std::same_as<T, std::string> && requires { typename T::value_type; })
      : Shared(T(items)) {}
  Shared(const Shared& other) : node_(other.node_) {
    if (node_) node_->holders.fetch_add(1, std::memory_order_relaxed);
  }
  Shared(Shared&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Shared() {
    if (node_ && node_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) delete node_;
  }

  const T& operator*() const { return node_ ? node_->value : nothing(); }
  const T* operator->() const { return &**this; }
  // NOLINTBEGIN(google-explicit-constructor)
  operator const T&() const { return **this; }
  template <std::same_as<std::string_view> View>
  requires std::same_as<T, std::string>
  operator View() const { return **this; }
  // NOLINTEND(google-explicit-constructor)
  auto begin() const { return (**this).begin(); }
  auto end() const { return (**this).end(); }
  bool empty() const { return (**this).empty(); }

  /// The value, to be changed: a copy of its own if others hold it too.
  T& edit() {
    if (!node_ || !is_only_holder()) *this = Shared(new Node{.value = **this});
    return node_->value;
  }

  /// Nobody else holds the value; true of T{} as well.
  bool is_only_holder() const {
    return !node_ || node_->holders.load(std::memory_order_acquire) == 1;
  }

  friend bool operator==(const Shared& a, const Shared& b) {
    return a.node_ == b.node_ || *a == *b;
  }
  friend bool operator==(const Shared& a, const T& b) { return *a == b; }
  template <ComparesAsText<T> U>
  friend bool operator==(const Shared& a, const U& b) {
    return *a == std::string_view(b);
  }
  friend auto operator<=>(const Shared& a, const Shared& b) { return *a <=> *b; }
  friend auto operator<=>(const Shared& a, const T& b) { return *a <=> b; }
  template <ComparesAsText<T> U>
  friend auto operator<=>(const Shared& a, const U& b) {
    return *a <=> std::string_view(b);
  }

 private:
  struct Node {
    std::atomic<std::uint32_t> holders{1};
    T value;
  };
  explicit Shared(Node* node) : node_(node) {}
  static const T& nothing() {
    static const T value{};
    return value;
  }

  Node* node_ = nullptr;
};

using SharedString = Shared<std::string>;

/// Finds the equal of a value among those seen before, so that there is one of each in memory.
/// Forgets, from time to time, what only it still holds. One thread.
template <class T, class Hash>
class SharedPool {
 public:
  /// Makes `value` one with its equals. Cost: one probe.
  void unify(Shared<T>& value) {
    if (value.empty()) return;
    value = *values_.insert(value).first;
    if (values_.size() > limit_) forget_unused();
  }
  std::size_t size() const { return values_.size(); }

 private:
  static constexpr std::size_t kMinLimit = 1024;
  struct HashValue {
    std::size_t operator()(const Shared<T>& value) const { return Hash{}(*value); }
  };

  void forget_unused() {
    std::erase_if(values_, [](const Shared<T>& value) { return value.is_only_holder(); });
    limit_ = std::max(kMinLimit, 2 * values_.size());
  }

  std::unordered_set<Shared<T>, HashValue> values_;
  std::size_t limit_ = kMinLimit;
};

}  // namespace common
