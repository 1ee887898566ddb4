#include "dnsd/forward/casing.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace dnsd {
namespace {

constexpr std::size_t kTypeAndClass = 4;
constexpr std::ptrdiff_t kEnoughLetters = 16;
constexpr std::uint8_t kCaseBit = 0x20;

// Lengths of labels are at most 63, below 'A', so a name can be treated as text.
bool is_lower(std::uint8_t octet) { return octet >= 'a' && octet <= 'z'; }
bool is_upper(std::uint8_t octet) { return octet >= 'A' && octet <= 'Z'; }
bool is_letter(std::uint8_t octet) { return is_lower(octet) || is_upper(octet); }

/// A bit for each letter, 64 at a time.
class Bits {
 public:
  Bits(const SipKey& secret, std::span<const std::uint8_t> question, std::uint32_t minute)
      : secret_(secret), input_(question.begin(), question.end()) {
    for (unsigned shift = 0; shift < 32; shift += 8) {
      input_.push_back(static_cast<std::uint8_t>(minute >> shift));
    }
    input_.push_back(0);  // Which 64.
  }

  bool next() {
    if (left_ == 0) {
      bits_ = siphash24(secret_, input_);
      ++input_.back();
      left_ = 64;
    }
    --left_;
    return (bits_ >> left_ & 1U) != 0;
  }

 private:
  const SipKey& secret_;
  std::vector<std::uint8_t> input_;
  std::uint64_t bits_ = 0;
  unsigned left_ = 0;
};

}  // namespace

void Casing::apply(std::span<std::uint8_t> question, std::uint32_t minute) const {
  Bits bits(secret_, question, minute);
  for (std::uint8_t& octet : question.first(question.size() - kTypeAndClass)) {
    if (is_lower(octet) && bits.next()) octet ^= kCaseBit;
  }
}

bool Casing::is_ours(std::span<const std::uint8_t> question, std::uint32_t minute) const {
  if (question.size() <= kTypeAndClass) return false;
  const auto name = question.first(question.size() - kTypeAndClass);
  if (std::count_if(name.begin(), name.end(), is_letter) < kEnoughLetters) return false;
  if (std::none_of(name.begin(), name.end(), is_upper)) return false;
  for (const std::uint32_t asked : {minute, minute - 1}) {
    std::vector<std::uint8_t> ours(question.begin(), question.end());
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (is_upper(ours[i])) ours[i] ^= kCaseBit;
    }
    apply(ours, asked);
    if (std::equal(ours.begin(), ours.end(), question.begin())) return true;
  }
  return false;
}

}  // namespace dnsd
