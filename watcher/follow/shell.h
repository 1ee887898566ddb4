#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/settings.h"
#include "http/message.h"
#include "watcher/follow/follower.h"
#include "watcher/source.h"

namespace boost::asio {
class io_context;
}

namespace watcher {

/// The acting half of a source that speaks HTTP: gives its follower sockets, a timer and a
/// resolver, and carries out what it decides.
///
/// Shows credentials to the configured peers and to whom the follower says they vouch for, to
/// nobody else, and never in the clear when all configured peers speak https. Answers 401 and 403
/// reach the follower as Errors that name the options to look at, of streams too.
class Shell final : public Source, public Orders {
 public:
  struct Options {
    std::chrono::milliseconds connect_timeout{};  // Of a stream, up to its head.
    std::uint64_t max_body = 1ULL << 30;          // 100 000 tasks make about 100 MB.
    std::vector<http::Url> peers = {};            // The configured ones.
    std::string section = {};                     // Of the configuration, e.g. "marathon".
    std::string peers_option = {};                // Where `peers` stand, e.g. "marathon.urls".
    config::Access access = {};
  };
  Shell(boost::asio::io_context& io,
        std::unique_ptr<Follower> follower,
        Options options,
        BatchSink sink);
  ~Shell() override;

  void restore(const std::vector<Task>& tasks) override;
  void start() override;
  SourceStatus status() const override;
  Orders* orders() override;
  void order(http::Request request, Done done) override;

  /// Lets `input` tell the follower something of its own kind, then carries out what it decides.
  void tell(const std::function<void(TimePoint now)>& input);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace watcher
