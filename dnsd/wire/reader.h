#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace dnsd {

/// Reads a message from front to back and never past its end. Numbers are in network order.
/// Every read either succeeds whole or yields nothing and leaves the position unchanged.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> message, std::size_t position = 0)
      : message_(message), position_(position) {}

  std::size_t position() const { return position_; }
  std::size_t remaining() const {
    return position_ < message_.size() ? message_.size() - position_ : 0;
  }
  std::span<const std::uint8_t> rest() const { return message_.last(remaining()); }
  bool at_end() const { return remaining() == 0; }

  std::optional<std::uint8_t> u8() {
    if (remaining() < 1) return std::nullopt;
    return message_[position_++];
  }
  std::optional<std::uint16_t> u16() {
    if (remaining() < 2) return std::nullopt;
    const unsigned high = message_[position_];
    const unsigned low = message_[position_ + 1];
    position_ += 2;
    return static_cast<std::uint16_t>(high << 8U | low);
  }
  std::optional<std::uint32_t> u32() {
    if (remaining() < 4) return std::nullopt;
    const std::uint32_t high = *u16();
    return high << 16U | *u16();
  }
  /// The next `count` octets; valid as long as the message is.
  std::optional<std::span<const std::uint8_t>> take(std::size_t count) {
    if (remaining() < count) return std::nullopt;
    const auto octets = message_.subspan(position_, count);
    position_ += count;
    return octets;
  }

  /// A second reader of the same message elsewhere, to follow a compression pointer.
  Reader at(std::size_t position) const { return Reader(message_, position); }

 private:
  std::span<const std::uint8_t> message_;
  std::size_t position_;
};

}  // namespace dnsd
