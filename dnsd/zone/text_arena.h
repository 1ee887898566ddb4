#pragma once

#include <algorithm>
#include <cstddef>
#include <memory_resource>
#include <string_view>

namespace dnsd {

/// Keeps texts that all go at once: those of the records of one change. What is kept costs a copy
/// and no block of its own.
class TextArena {
 public:
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    auto* copy = static_cast<char*>(memory_.allocate(text.size(), 1));
    std::copy(text.begin(), text.end(), copy);
    return {copy, text.size()};
  }
  void clear() { memory_.release(); }  // Ends every text that was kept.

 private:
  static constexpr std::size_t kFirstBlock = std::size_t{16} << 10;

  std::pmr::monotonic_buffer_resource memory_{kFirstBlock};
};

}  // namespace dnsd
