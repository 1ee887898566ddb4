#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/result.h"
#include "http/message.h"
#include "watcher/update.h"

namespace watcher {

/// Where a source stands, for /metrics, /readyz and people.
struct SourceStatus {
  std::string name;
  bool connected = false;  // A stream is open and has been heard of lately.
  bool synced = false;     // A full state has been delivered at least once.
  std::optional<std::chrono::steady_clock::time_point> last_heard;  // Last byte from the peer.
  std::optional<std::chrono::steady_clock::time_point> last_sync;   // Last full state.
  std::uint64_t events = 0;
  std::uint64_t rejected = 0;  // Records skipped as malformed, oversized or impossible.
  std::uint64_t resyncs = 0;
  std::uint64_t reconnects = 0;
  std::string last_error;  // Empty when the last try went well.
};

/// Updates that are applied and published together.
struct Batch {
  std::vector<Update> updates;
  std::chrono::steady_clock::time_point heard;  // When the first byte that told of them arrived.
};
using BatchSink = std::function<void(Batch)>;

/// Changes something at an orchestrator. Of a source, and on its thread.
class Orders {
 public:
  using Done = std::function<void(const common::Expected<http::Response>&)>;
  virtual ~Orders() = default;
  /// Sends a request to the orchestrator that is followed, at a path below its URL, as who we are
  /// to it. `done` runs once, later, unless this dies before. Errors: Unavailable while the
  /// orchestrator is lost, and when that happens under way: then it may have been done or not.
  virtual void order(http::Request request, Done done) = 0;
};

/// Follows one orchestrator. Lives on the control thread: all calls and the sink run there.
/// Never gives up and never blocks; what it cannot parse it counts, reports once and skips.
/// Losing the orchestrator changes nothing in what was delivered: the last state stands.
class Source {
 public:
  virtual ~Source() = default;  // Stops; no sink call after it.
  /// What the last run knew of this source, running when it was saved; before start(). Whoever has
  /// reason to doubt its first full state keeps these (Reset::kept), and tells when they are gone.
  virtual void restore(const std::vector<Task>&) {}
  virtual void start() = 0;
  virtual SourceStatus status() const = 0;

  /// Whom to ask to change something at its orchestrator; null where that cannot be done.
  virtual Orders* orders() { return nullptr; }
};

}  // namespace watcher
