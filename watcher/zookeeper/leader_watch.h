#pragma once

#include <functional>
#include <memory>

#include "common/result.h"
#include "http/message.h"
#include "watcher/zookeeper/election.h"

namespace boost::asio {
class io_context;
}

namespace watcher::zookeeper {

/// Follows an election in ZooKeeper for as long as it lives.
///
/// ZooKeeper's client looks up names and waits without a loop, so all of it happens on a thread of
/// its own; what it finds is told on `io`'s thread, and never after the destructor.
class LeaderWatch {
 public:
  /// The leader now. Errors: NotFound when nobody leads; Unavailable when ZooKeeper cannot be asked
  /// (the last leader may still lead). The same is told once; it is tried again for ever.
  using Told = std::function<void(const common::Expected<http::Url>& leader)>;

  LeaderWatch(boost::asio::io_context& io, Ensemble ensemble, Told told);
  ~LeaderWatch();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace watcher::zookeeper
