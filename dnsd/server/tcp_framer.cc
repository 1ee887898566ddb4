#include "dnsd/server/tcp_framer.h"

namespace dnsd {
namespace {

constexpr std::size_t kPrefix = 2;           // Octets of the length.
constexpr std::size_t kKeptCapacity = 1024;  // What an idle connection may hold on to.

/// Precondition: at least kPrefix octets.
std::size_t message_size(std::span<const std::uint8_t> octets) {
  return static_cast<std::size_t>(octets[0]) << 8 | octets[1];
}

}  // namespace

void TcpFramer::append(std::span<const std::uint8_t> octets) {
  octets_.erase(octets_.begin(), octets_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  octets_.insert(octets_.end(), octets.begin(), octets.end());
}

bool TcpFramer::has_message() const {
  const auto octets = rest();
  return octets.size() >= kPrefix && octets.size() - kPrefix >= message_size(octets);
}

std::optional<std::span<const std::uint8_t>> TcpFramer::next() {
  if (!has_message()) {
    if (empty()) release();
    return std::nullopt;
  }
  const auto message = rest().subspan(kPrefix, message_size(rest()));
  taken_ += kPrefix + message.size();
  return message;
}

void TcpFramer::release() {
  taken_ = 0;
  octets_.clear();
  if (octets_.capacity() > kKeptCapacity) octets_.shrink_to_fit();
}

}  // namespace dnsd
