#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "vipd/relay/io.h"

namespace vipd {

/// A pipe in memory, and who lends it.
struct FakePipe {
  std::size_t capacity = 0;
  std::vector<std::byte> bytes;
  bool empty() const { return bytes.empty(); }
};
class FakePipes {
 public:
  using Lent = std::unique_ptr<FakePipe>;

  explicit FakePipes(std::size_t capacity = 0) : capacity_(capacity) {}
  Lent take() {  // Of no capacity: none.
    if (capacity_ == 0) return nullptr;
    ++taken_;
    return std::make_unique<FakePipe>(FakePipe{capacity_, {}});
  }
  int taken() const { return taken_; }

 private:
  std::size_t capacity_;
  int taken_ = 0;
};

/// One TCP connection between a peer and the proxy, in memory, with what Linux shows of it: finite
/// queues, FIN behind the bytes, resets that purge what was not delivered, an error told to one
/// call only and FIN-like afterwards, reads that stop at an urgent mark, and edges for the poller.
class FakeConnection {
 public:
  explicit FakeConnection(std::size_t capacity) : capacity_(capacity) {}

  // What the peer does and sees.

  /// Sends as many of the bytes as there is room for; returns how many.
  std::size_t peer_send(std::span<const std::byte> bytes) {
    if (reset_by_proxy_ || broken_) return 0;
    const std::size_t count = std::min(bytes.size(), capacity_ - inbound_.size());
    inbound_.insert(
        inbound_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    edge_ |= count > 0;
    return count;
  }
  void peer_mark_urgent() {  // The next byte is behind an urgent mark.
    mark_ = inbound_.size();
    urgent_ = edge_ = true;
  }
  void peer_end() { inbound_ended_ = edge_ = true; }
  void peer_reset() {
    broken_ = error_ = edge_ = true;
    outbound_.clear();
  }
  std::vector<std::byte> peer_receive(std::size_t most) {
    const std::size_t count = std::min(most, outbound_.size());
    const auto end = outbound_.begin() + static_cast<std::ptrdiff_t>(count);
    std::vector<std::byte> bytes(outbound_.begin(), end);
    outbound_.erase(outbound_.begin(), end);
    if (count > 0 && blocked_) {
      blocked_ = false;
      edge_ = true;
    }
    return bytes;
  }
  bool peer_sees_end() const { return outbound_.empty() && outbound_ended_ && !reset_by_proxy_; }
  bool peer_sees_reset() const { return outbound_.empty() && reset_by_proxy_; }

  // What the proxy's socket does.

  IoResult read(std::span<std::byte> room) {
    std::size_t count = std::min(room.size(), inbound_.size());
    if (mark_ > 0) count = std::min(count, mark_);
    if (count > 0) return take(room.first(count));
    if (inbound_ended_) return {IoStatus::Ended};  // Linux: SOCK_DONE before the error.
    if (error_) {
      error_ = false;
      return {IoStatus::Broken};
    }
    return {broken_ ? IoStatus::Ended : IoStatus::Blocked};
  }
  IoResult write(std::span<const std::byte> bytes) {
    if (broken_) {
      error_ = false;
      return {IoStatus::Broken};
    }
    const std::size_t count = std::min(bytes.size(), capacity_ - outbound_.size());
    outbound_.insert(
        outbound_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
    blocked_ |= count < bytes.size();
    return {count > 0 ? IoStatus::Ok : IoStatus::Blocked, count};
  }
  IoStatus shutdown_write() {
    if (broken_) return IoStatus::Broken;
    outbound_ended_ = true;
    ++shutdowns_;
    return IoStatus::Ok;
  }
  /// Closing with bytes unread resets, as in Linux.
  void close() { reset_by_proxy_ = !inbound_.empty() && !broken_, outbound_ended_ = true; }
  void reset() { reset_by_proxy_ = true; }

  /// What the poller reports: everything that is so now, if anything has changed since.
  std::optional<Readiness> poll() {
    if (!edge_) return std::nullopt;
    edge_ = false;
    return state();
  }
  Readiness state() const {
    return {.readable = !inbound_.empty() || inbound_ended_ || broken_,
            .writable = outbound_.size() < capacity_ || broken_,
            .ended = inbound_ended_ || broken_,
            .urgent = urgent_,
            .broken = error_};
  }

  bool is_blocked() const { return blocked_; }
  bool has_news() const { return edge_; }  // For the poller.
  int shutdowns() const { return shutdowns_; }

 private:
  IoResult take(std::span<std::byte> room) {
    std::copy_n(inbound_.begin(), room.size(), room.begin());
    inbound_.erase(inbound_.begin(), inbound_.begin() + static_cast<std::ptrdiff_t>(room.size()));
    mark_ -= std::min(mark_, room.size());
    return {IoStatus::Ok, room.size()};
  }

  std::size_t capacity_;
  std::deque<std::byte> inbound_;   // From the peer, not yet read by the proxy.
  std::deque<std::byte> outbound_;  // From the proxy, not yet read by the peer.
  std::size_t mark_ = 0;            // Inbound bytes before the urgent mark; 0: no mark ahead.
  bool urgent_ = false;
  bool inbound_ended_ = false;
  bool outbound_ended_ = false;
  bool broken_ = false;  // The peer's reset arrived,
  bool error_ = false;   // and no call has reported it yet.
  bool reset_by_proxy_ = false;
  bool blocked_ = false;  // A write found no room: tell when there is some.
  bool edge_ = true;      // A socket just added to a poller is reported.
  int shutdowns_ = 0;
};

/// The proxy's handle of a FakeConnection.
class FakeSocket {
 public:
  using Pipes = FakePipes;
  FakeSocket() = default;
  explicit FakeSocket(FakeConnection& connection) : connection_(&connection) {}
  IoResult read(std::span<std::byte> room) { return connection_->read(room); }
  IoResult write(std::span<const std::byte> bytes) { return connection_->write(bytes); }
  IoStatus shutdown_write() { return connection_->shutdown_write(); }
  IoResult read_into(FakePipe& pipe) {
    pipe.bytes.resize(pipe.capacity);
    const IoResult got = connection_->read(pipe.bytes);
    pipe.bytes.resize(got.bytes);
    return got;
  }
  IoResult write_from(FakePipe& pipe) {
    const IoResult put = connection_->write(pipe.bytes);
    pipe.bytes.erase(pipe.bytes.begin(),
                     pipe.bytes.begin() + static_cast<std::ptrdiff_t>(put.bytes));
    return put;
  }

 private:
  FakeConnection* connection_ = nullptr;
};

}  // namespace vipd
