#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "common/ip.h"
#include "dnsd/server/answerer.h"
#include "dnsd/server/stream.h"
#include "dnsd/server/tcp_framer.h"

namespace dnsd {

/// One client's stream: octets in, answers out, in the order of the queries. Knows no event loop
/// and no clock. Holds no answers while the client takes them, and about a turn's worth otherwise.
class TcpConnection {
 public:
  /// One turn makes answers until it has so many octets; the last may exceed it.
  static constexpr std::size_t kTurnOctets = std::size_t{64} * 1024;
  /// What answer() needs to write to: a turn and its last answer with its length.
  static constexpr std::size_t kScratchSize = kTurnOctets + 2 + 65535;

  enum class Sent : std::uint8_t {
    All,
    Blocked,  // The rest is kept for flush(); until that says All, don't call answer().
    Failed,   // The connection is broken.
  };
  struct Turn {
    Sent sent = Sent::All;
    std::size_t messages = 0;  // Queries taken.
  };

  /// Answers to queries that had to wait for upstreams.
  struct Late {
    std::vector<std::uint8_t> octets;  // Those that came, each behind its length.
    std::size_t awaited = 0;           // How many more come.
    std::function<void()> arrived;     // Called for each, on the worker's thread.
  };

  /// `arrived` must not call answer() by itself: it comes from inside another's turn.
  TcpConnection(Stream stream, const common::IpAddress& client, std::function<void()> arrived)
      : stream_(std::move(stream)), client_(client), arrived_(std::move(arrived)) {}

  enum class Received : std::uint8_t {
    Some,     // Octets of queries, or the end.
    Nothing,  // Perhaps something of TLS, which is no sign that a query comes.
    Failed,   // The connection is broken.
  };

  /// Reads once, by way of `scratch`. To be called only when has_message() is false, so that a
  /// client can't fill our memory.
  Received receive(std::span<std::uint8_t> scratch);
  /// Answers what has been received, as far as one turn goes. The answers leave together.
  Turn answer(Answerer& answerer, std::span<std::uint8_t> scratch);
  Sent flush();
  /// Makes the end of the connection abrupt, so that the kernel forgets what it has not delivered.
  void discard_unsent() const;

  bool has_message() const { return transfer_ != nullptr || framer_.has_message(); }
  bool is_opening() const { return stream_.is_opening(); }
  bool mid_message() const {  // Meaningful without has_message(). A handshake is part of a query.
    return !framer_.empty() || is_opening();
  }
  bool peer_done() const { return peer_done_; }  // The client sends nothing more.
  bool awaits_answers() const { return late_ != nullptr && late_->awaited > 0; }
  int socket() const { return stream_.fd(); }
  const common::IpAddress& client() const { return client_; }

 private:
  /// Makes the next message in `space`; its size, 0 for silence, or nothing when no query is left.
  std::optional<std::size_t> next_answer(Answerer& answerer,
                                         std::span<std::uint8_t> space,
                                         Turn& turn);
  /// Sends what came late. All, if there is nothing.
  Sent send_late();
  std::unique_ptr<ReplyPath> late_path();
  /// Sends, and keeps what the client does not take.
  Sent send(std::span<const std::uint8_t> octets);
  /// How many octets of `octets` left; -1 when the connection is broken.
  std::ptrdiff_t send_some(std::span<const std::uint8_t> octets);

  Stream stream_;
  const common::IpAddress client_;
  TcpFramer framer_;
  const std::function<void()> arrived_;
  std::shared_ptr<Late> late_;          // Null until the first query had to wait.
  std::unique_ptr<Transfer> transfer_;  // The rest of an answer; null when there is none.
  std::vector<std::uint8_t> unsent_;
  std::size_t sent_ = 0;  // Octets of the front of unsent_ that have left.
  bool peer_done_ = false;
};

}  // namespace dnsd
