#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace vipd {

/// Names a slot for as long as its value lives: the generation differs once the slot is reused.
struct SlotId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;

  friend bool operator==(const SlotId&, const SlotId&) = default;
};

/// Values at addresses that never move, found by number. Freed slots are used again first, so the
/// memory is that of the most values there ever were at once.
template <class T>
class Slab {
 public:
  template <class... Args>
  SlotId emplace(Args&&... args) {
    if (free_ == kNone) grow();
    const std::uint32_t index = free_;
    Slot& slot = at(index);
    free_ = slot.next_free;
    slot.value.emplace(std::forward<Args>(args)...);
    ++size_;
    return {index, slot.generation};
  }

  /// Null when that value is gone, whatever lives in its slot now.
  T* find(SlotId id) {
    if (id.index >= chunks_.size() * kChunk) return nullptr;
    Slot& slot = at(id.index);
    return slot.generation == id.generation && slot.value ? &*slot.value : nullptr;
  }

  /// Precondition for both: the slot is in use.
  T& operator[](std::uint32_t index) { return *at(index).value; }
  void erase(std::uint32_t index) {
    Slot& slot = at(index);
    assert(slot.value);
    slot.value.reset();
    ++slot.generation;
    slot.next_free = std::exchange(free_, index);
    --size_;
  }

  std::size_t size() const { return size_; }

  /// Calls visit(value) for each; it may erase the one it is given.
  template <class Visit>
  void for_each(Visit visit) {
    for (auto& chunk : chunks_) {
      for (std::size_t i = 0; i < kChunk; ++i) {
        if (chunk[i].value) visit(*chunk[i].value);
      }
    }
  }

 private:
  static constexpr std::size_t kChunk = 256;
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Slot {
    std::optional<T> value;
    std::uint32_t generation = 0;
    std::uint32_t next_free = kNone;
  };

  Slot& at(std::uint32_t index) { return chunks_[index / kChunk][index % kChunk]; }

  void grow() {
    const auto first = static_cast<std::uint32_t>(chunks_.size() * kChunk);
    chunks_.push_back(std::make_unique<Slot[]>(kChunk));
    for (std::uint32_t i = kChunk; i-- > 0;)
      at(first + i).next_free = std::exchange(free_, first + i);
  }

  std::vector<std::unique_ptr<Slot[]>> chunks_;
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace vipd
