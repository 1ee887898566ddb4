#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "watcher/follow/action.h"
#include "watcher/task.h"

namespace watcher {

/// The thinking half of a source that speaks HTTP: decides when to connect, what to ask and what to
/// believe. The other half is the Shell, or a test.
///
/// Pure: no socket, no clock, no chance but a seed. After each input the caller carries out
/// take_actions() in order, and calls tick() when next_tick() has come.
class Follower {
 public:
  virtual ~Follower() = default;

  virtual void restore(const std::vector<Task>&) {}  // As Source::restore().

  virtual void stream_head(const http::Response& head, TimePoint now) = 0;
  virtual void stream_bytes(std::string_view bytes, TimePoint now) = 0;
  virtual void stream_ended(const common::Error& why, TimePoint now) = 0;
  virtual void answered(std::uint64_t id, const Answer& answer, TimePoint now) = 0;
  virtual void resolved(const std::string& host,
                        const common::Expected<std::vector<IpAddress>>& answer,
                        TimePoint now) = 0;
  virtual void tick(TimePoint now) = 0;  // The first one starts everything.

  /// Where a request of somebody else's goes, to be sent as it is: to whom this follows. Its id is
  /// the caller's, and so is the answer. None: to nobody, at the moment.
  virtual bool takes_orders() const { return false; }
  virtual std::optional<Get> order(http::Request) const { return std::nullopt; }

  virtual std::vector<Action> take_actions() = 0;
  virtual TimePoint next_tick() const = 0;
  virtual const SourceStatus& status() const = 0;
};

}  // namespace watcher
