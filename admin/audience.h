#pragma once

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "admin/service_feed.h"
#include "common/metrics.h"
#include "common/published.h"
#include "http/server.h"

namespace admin {

/// Those who follow the services over HTTP: /v1/events, a stream of server-sent events, and
/// /v1/changes, an answer that waits for news. Lives on the admin thread.
///
/// Who reads slowly is told less often, of more generations at once, and holds one event of ours at
/// most; who takes nothing from one heartbeat to the one after the next is cut off. Nothing is done
/// until somebody follows.
class Audience {
 public:
  struct Options {
    std::size_t most = 100;  // At a time, of both kinds; others get 503.
    std::chrono::milliseconds heartbeat = std::chrono::seconds(15);
  };
  /// run  of this process, as ServiceFeed has it
  Audience(boost::asio::io_context& io,
           const common::Published<watcher::Snapshot>& catalog,
           std::string run,
           const Options& options);

  static constexpr std::array<std::string_view, 2> kPaths{"/v1/events", "/v1/changes"};
  static bool serves(const http::Request& request);
  void serve(const http::Request& request, const std::shared_ptr<http::Responder>& responder);

  /// The catalog was published. Any thread; costs an atomic load while nobody follows.
  void wake();

  /// Ends all streams, answers all who wait, and sends newcomers away so that they come again: to
  /// whoever listens then.
  void close();

  void describe(common::MetricsPage& page) const;

 private:
  struct Stream;
  struct Waiter;

  void catch_up();
  void look();
  bool is_full() const { return streams_.size() + waiters_.size() >= options_.most; }
  void open_stream(Wish wish, http::Responder& responder);
  void wait(Wish wish, const std::shared_ptr<http::Responder>& responder);
  void pump(Stream& stream);
  bool take_next(Stream& stream);
  std::shared_ptr<const std::string> render(const Wish& wish);
  void answer_news();
  void answer(const std::shared_ptr<Waiter>& waiter);
  void detach(const std::shared_ptr<Stream>& stream);
  void beat_later();
  void beat();

  boost::asio::io_context& io_;
  const common::Published<watcher::Snapshot>& catalog_;
  Options options_;
  ServiceFeed feed_;
  std::set<std::shared_ptr<Stream>> streams_;
  std::set<std::shared_ptr<Waiter>> waiters_;
  std::map<Wish, std::shared_ptr<const std::string>> rendered_;  // During one look().
  boost::asio::steady_timer heartbeat_;
  bool beats_ = false;
  bool closed_ = false;

  std::atomic<bool> asked_{false};  // By anybody so far.
  std::atomic<bool> woken_{false};

  common::Counter events_;
  common::Counter cut_off_;
  common::Counter refused_;
};

}  // namespace admin
