#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dnsd {

/// Cuts a byte stream into DNS messages, each behind two octets of length (RFC 1035 section
/// 4.2.2). Pure. Octets may arrive cut anywhere, also between the two of the length (RFC 7766
/// section 8). Holds what was appended and not yet taken, and next to nothing when that is nothing.
class TcpFramer {
 public:
  void append(std::span<const std::uint8_t> octets);

  /// The next whole message without its length, perhaps empty; nothing when octets are missing.
  /// Valid until the next call of append() or next().
  std::optional<std::span<const std::uint8_t>> next();

  bool has_message() const;                                // next() would return one.
  bool empty() const { return taken_ == octets_.size(); }  // Not even a part of a message.

 private:
  std::span<const std::uint8_t> rest() const { return std::span(octets_).subspan(taken_); }
  void release();

  std::vector<std::uint8_t> octets_;
  std::size_t taken_ = 0;  // Octets of the front that belong to messages already returned.
};

}  // namespace dnsd
