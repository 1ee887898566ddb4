#pragma once

#include <cstdint>
#include <span>

namespace dnsd {

/// The way back to a client whose answer comes later than its query's turn. Of one worker; lives as
/// long as anybody may still answer, and does nothing when the client is gone.
class ReplyPath {
 public:
  virtual ~ReplyPath() = default;
  /// At most once. Doesn't call back.
  virtual void send(std::span<const std::uint8_t> answer) = 0;
};

}  // namespace dnsd
