#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "dnsd/wire/name.h"
#include "dnsd/wire/types.h"

namespace dnsd {

/// What upstreams are asked: always of the Internet class.
struct ForwardQuestion {
  Name name;  // Lower case.
  RrType type{};
};

/// A question as the key of a table. Never allocates.
class QuestionKey {
 public:
  explicit QuestionKey(const ForwardQuestion& question) : size_(question.name.size() + 2) {
    const auto end =
        std::copy(question.name.wire().begin(), question.name.wire().end(), octets_.begin());
    const auto type = static_cast<unsigned>(question.type);
    end[0] = static_cast<char>(type >> 8U);
    end[1] = static_cast<char>(type & 0xffU);
  }
  std::string_view view() const { return {octets_.data(), size_}; }

 private:
  std::array<char, Name::kMaxSize + 2> octets_;  // Only the first size_ are set.
  std::size_t size_;
};

}  // namespace dnsd
