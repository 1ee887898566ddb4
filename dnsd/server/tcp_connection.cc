#include "dnsd/server/tcp_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <ctime>

namespace dnsd {
namespace {

constexpr std::size_t kPrefix = 2;  // Octets of the length before each message.
constexpr std::size_t kMaxMessage = 65535;

bool is_temporary(int error_number) { return error_number == EAGAIN || error_number == EINTR; }

}  // namespace

bool TcpConnection::receive(std::span<std::uint8_t> scratch) {
  const ssize_t received = recv(socket(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (received < 0) return is_temporary(errno);
  peer_done_ = received == 0;
  framer_.append(scratch.first(static_cast<std::size_t>(received)));
  return true;
}

TcpConnection::Turn TcpConnection::answer(Answerer& answerer, std::span<std::uint8_t> scratch) {
  Turn turn;
  std::size_t used = 0;
  while (used < kTurnOctets) {
    const auto space = scratch.subspan(used + kPrefix, kMaxMessage);
    const auto size = next_answer(answerer, space, turn);
    if (!size) break;
    if (*size == 0) continue;
    scratch[used] = static_cast<std::uint8_t>(*size >> 8);
    scratch[used + 1] = static_cast<std::uint8_t>(*size);
    used += kPrefix + *size;
  }
  const std::ptrdiff_t left = send_some(scratch.first(used));
  if (left < 0) {
    turn.sent = Sent::Failed;
  } else if (static_cast<std::size_t>(left) < used) {
    unsent_.assign(scratch.begin() + left, scratch.begin() + static_cast<std::ptrdiff_t>(used));
    turn.sent = Sent::Blocked;
  }
  return turn;
}

std::optional<std::size_t> TcpConnection::next_answer(Answerer& answerer,
                                                      std::span<std::uint8_t> space,
                                                      Turn& turn) {
  if (transfer_ != nullptr) {
    const std::size_t size = transfer_->next(space, static_cast<std::uint64_t>(std::time(nullptr)));
    if (transfer_->is_done()) transfer_.reset();
    return size;
  }
  const auto query = framer_.next();
  if (!query) return std::nullopt;
  ++turn.messages;
  const std::size_t size = answerer.answer(*query, Transport::Tcp, client_, space);
  transfer_ = answerer.take_transfer();
  return size;
}

TcpConnection::Sent TcpConnection::flush() {
  const std::ptrdiff_t left = send_some(std::span(unsent_).subspan(sent_));
  if (left < 0) return Sent::Failed;
  sent_ += static_cast<std::size_t>(left);
  if (sent_ < unsent_.size()) return Sent::Blocked;
  unsent_ = {};  // Frees it: an idle connection must stay small.
  sent_ = 0;
  return Sent::All;
}

void TcpConnection::discard_unsent() const {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

std::ptrdiff_t TcpConnection::send_some(std::span<const std::uint8_t> octets) const {
  std::size_t left = 0;
  while (left < octets.size()) {
    const auto rest = octets.subspan(left);
    const ssize_t taken = send(socket(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0) return is_temporary(errno) ? static_cast<std::ptrdiff_t>(left) : -1;
    left += static_cast<std::size_t>(taken);
  }
  return static_cast<std::ptrdiff_t>(left);
}

}  // namespace dnsd
