#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace dnsd {

/// Keeps texts that all go at once: those of the records of one change. What is kept costs a copy
/// and no block of its own, and the blocks are used again: those of a full state, freed and taken
/// for each part of it, would keep malloc busy with joining and cutting them.
class TextArena {
 public:
  static constexpr std::size_t kLongest = 65'535;  // As long as the data of a record may be.

  std::string_view keep(std::string_view text) {
    assert(text.size() <= kLongest);
    if (text.empty()) return {};
    if (text.size() > kBlock - used_) next_block();
    char* copy = blocks_[current_]->data() + used_;
    std::memcpy(copy, text.data(), text.size());
    used_ += text.size();
    return {copy, text.size()};
  }

  /// Ends every text that was kept.
  void clear() {
    if (blocks_.size() > kMostSpare) blocks_.resize(kMostSpare);
    current_ = 0;
    used_ = blocks_.empty() ? kBlock : 0;
  }

 private:
  static constexpr std::size_t kBlock = std::size_t{64} << 10;
  static constexpr std::size_t kMostSpare = 32;
  using Block = std::array<char, kBlock>;

  void next_block() {
    if (!blocks_.empty()) ++current_;
    // Not cleared, as value initialisation would do.
    if (current_ == blocks_.size()) blocks_.push_back(std::unique_ptr<Block>(new Block));
    used_ = 0;
  }

  std::vector<std::unique_ptr<Block>> blocks_;
  std::size_t current_ = 0;    // Which of them is being filled,
  std::size_t used_ = kBlock;  // and how far.
};

}  // namespace dnsd
