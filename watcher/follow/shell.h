#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "watcher/follow/follower.h"
#include "watcher/source.h"

namespace boost::asio {
class io_context;
}

namespace watcher {

/// The acting half of a source that speaks HTTP: gives its follower sockets, a timer and a
/// resolver, and carries out what it decides.
class Shell final : public Source {
 public:
  struct Options {
    std::chrono::milliseconds connect_timeout{};  // Of a stream, up to its head.
    std::uint64_t max_body = 1ULL << 30;          // 100 000 tasks make about 100 MB.
  };
  Shell(boost::asio::io_context& io,
        std::unique_ptr<Follower> follower,
        Options options,
        BatchSink sink);
  ~Shell() override;

  void start() override;
  SourceStatus status() const override;

  /// Lets `input` tell the follower something of its own kind, then carries out what it decides.
  void tell(const std::function<void(TimePoint now)>& input);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace watcher
