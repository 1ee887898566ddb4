#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "common/result.h"
#include "common/unique_fd.h"
#include "signpost/handover/codec.h"

namespace signpost::handover {

/// What a letter is. They come in this order; N: from the new process, O: from the old one.
enum class Kind : std::uint8_t {
  Hello,      // N: who I am (its bytes: the roles).
  Knowledge,  // O: what I know. It serves on meanwhile.
  Ready,      // N: I know it now; stop, and give me what you serve.
  Bundle,     // O: here it is.
  Set,        // N: all is bound; I can begin.
  Go,         // O: begin. From now on it is yours.
  No,         // O, in place of any other: this is why not.
};

/// A connection between two processes of one user. Blocks, for so long as is told.
class Channel {
 public:
  /// To the process that listens at a path; none when nobody does. Errors: NotPermitted when that
  /// is another user's.
  static common::Expected<std::optional<Channel>> connect(const std::string& path);
  /// The other side of it.
  static common::Expected<Channel> accepted(common::UniqueFd socket);

  common::Expected<void> send(Kind kind, const Letter& letter = {});
  /// Errors: Unavailable when the other one has gone, Timeout, InvalidInput when it says something
  /// else than it should. What it says in place of that is the error.
  common::Expected<Received> receive(Kind expected, std::chrono::milliseconds limit);

  int fd() const { return socket_.get(); }
  int peer() const { return peer_; }  // Its process id.

 private:
  Channel(common::UniqueFd socket, int peer) : socket_(std::move(socket)), peer_(peer) {}
  common::Expected<void> send_bytes(const void* data, std::size_t size);
  common::Expected<void> receive_bytes(void* data, std::size_t size);
  common::Expected<void> send_descriptors(const std::vector<int>& descriptors);
  common::Expected<void> receive_descriptors(std::size_t count,
                                             std::vector<common::UniqueFd>& into);
  void limit(std::chrono::milliseconds limit);

  common::UniqueFd socket_;
  int peer_ = 0;
};

/// Listens at a path for those who take over: for this user only. A path left by a process that was
/// killed is used again.
common::Expected<common::UniqueFd> open_gate(const std::string& path);
common::UniqueFd accept_at(const common::UniqueFd& gate);

}  // namespace signpost::handover
