#include "dnsd/server/tcp_connection.h"

#include <sys/socket.h>

#include <cerrno>
#include <ctime>
#include <utility>

namespace dnsd {
namespace {

constexpr std::size_t kPrefix = 2;  // Octets of the length before each message.
constexpr std::size_t kMaxMessage = 65535;

/// What may wait for a client that takes nothing; more is lost, and it asks again.
constexpr std::size_t kMaxLate = std::size_t{256} * 1024;

/// The way to a connection that may end meanwhile.
class LateMessage final : public ReplyPath {
 public:
  explicit LateMessage(std::weak_ptr<TcpConnection::Late> late) : late_(std::move(late)) {}

  void send(std::span<const std::uint8_t> answer) override {
    const auto late = late_.lock();
    if (late == nullptr) return;
    --late->awaited;
    if (late->octets.size() + answer.size() <= kMaxLate) {
      late->octets.push_back(static_cast<std::uint8_t>(answer.size() >> 8U));
      late->octets.push_back(static_cast<std::uint8_t>(answer.size()));
      late->octets.insert(late->octets.end(), answer.begin(), answer.end());
    }
    late->arrived();
  }

 private:
  const std::weak_ptr<TcpConnection::Late> late_;
};

bool is_temporary(int error_number) { return error_number == EAGAIN || error_number == EINTR; }

}  // namespace

TcpConnection::Received TcpConnection::receive(std::span<std::uint8_t> scratch) {
  const std::ptrdiff_t received = stream_.receive(scratch);
  if (received < 0) return is_temporary(errno) ? Received::Nothing : Received::Failed;
  peer_done_ = received == 0;
  framer_.append(scratch.first(static_cast<std::size_t>(received)));
  return Received::Some;
}

TcpConnection::Turn TcpConnection::answer(Answerer& answerer, std::span<std::uint8_t> scratch) {
  Turn turn;
  turn.sent = send_late();
  if (turn.sent != Sent::All) return turn;
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
  turn.sent = send(scratch.first(used));
  return turn;
}

TcpConnection::Sent TcpConnection::send(std::span<const std::uint8_t> octets) {
  const std::ptrdiff_t left = send_some(octets);
  if (left < 0) return Sent::Failed;
  if (static_cast<std::size_t>(left) == octets.size()) return Sent::All;
  unsent_.assign(octets.begin() + left, octets.end());
  return Sent::Blocked;
}

TcpConnection::Sent TcpConnection::send_late() {
  if (late_ == nullptr || late_->octets.empty()) return Sent::All;
  const auto octets = std::exchange(late_->octets, {});
  return send(octets);
}

std::unique_ptr<ReplyPath> TcpConnection::late_path() {
  if (late_ == nullptr) late_ = std::make_shared<Late>(Late{{}, 0, arrived_});
  ++late_->awaited;
  return std::make_unique<LateMessage>(late_);
}

std::optional<std::size_t> TcpConnection::next_answer(Answerer& answerer,
                                                      std::span<std::uint8_t> space,
                                                      Turn& turn) {
  if (transfer_ != nullptr) {
    const std::size_t size = transfer_->next(space, static_cast<std::uint64_t>(std::time(nullptr)));
    if (transfer_->is_done()) transfer_.reset();
    return size;
  }
  const auto message = framer_.next();
  if (!message) return std::nullopt;
  ++turn.messages;
  Query query(*message);
  answerer.look_up({&query, 1});
  const std::size_t size = answerer.answer(query, stream_.transport(), client_, space);
  transfer_ = answerer.take_transfer();
  if (answerer.is_pending()) answerer.answer_later(late_path());
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

std::ptrdiff_t TcpConnection::send_some(std::span<const std::uint8_t> octets) {
  std::size_t left = 0;
  while (left < octets.size()) {
    const auto rest = octets.subspan(left);
    const std::ptrdiff_t taken = stream_.send(rest);
    if (taken < 0) return is_temporary(errno) ? static_cast<std::ptrdiff_t>(left) : -1;
    left += static_cast<std::size_t>(taken);
  }
  return static_cast<std::ptrdiff_t>(left);
}

}  // namespace dnsd
