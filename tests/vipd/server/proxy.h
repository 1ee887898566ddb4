#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/vipd/server/sockets.h"
#include "vipd/server/server.h"

namespace vipd {

using std::chrono::milliseconds;
using watcher::Backend;
using watcher::BackendState;

inline Backend backend_at(const SocketAddress& endpoint,
                          BackendState state = BackendState::Passing,
                          milliseconds drain = milliseconds(0)) {
  return {.endpoint = endpoint,
          .state = state,
          .task = {"test", endpoint.to_string()},
          .app = "/app",
          .drain = drain};
}

inline watcher::Vip vip_at(const SocketAddress& address, std::vector<Backend> backends) {
  return {.id = {.name = {}, .address = address.ip, .port = address.port},
          .kind = watcher::VipKind::Address,
          .address = address.ip,
          .backends = std::move(backends)};
}

/// A vipd under test, and the publisher it follows.
class Proxy {
 public:
  static config::Vip options() {
    config::Vip options;
    options.workers = 2;
    options.balance = config::Balance::RoundRobin;  // So that tests know who is next.
    options.drain = config::Drain::Wait;
    options.connect_timeout = milliseconds(5000);
    options.idle_timeout = milliseconds(60000);
    options.drain_timeout = milliseconds(60000);
    options.connections = 10000;
    options.connect_tries = 32;
    options.retry_budget = 20;
    options.half_close_timeout = milliseconds(60000);
    options.proxy_timeout = milliseconds(20000);
    options.queue_timeout = milliseconds(20000);
    options.backend_metrics = 100;
    options.max_ejected_percent = 50;
    return options;
  }

  explicit Proxy(const config::Vip& options = Proxy::options())
      : catalog_(std::make_shared<watcher::Snapshot>()) {
    auto started = Server::start(options, catalog_);
    EXPECT_TRUE(started);
    server_ = std::move(*started);
  }

  /// Serves exactly these VIPs; returns when every worker does.
  void serve(std::vector<watcher::Vip> vips) {
    publish(std::move(vips));
    EXPECT_TRUE(wait_until([this] { return value("signpost_vipd_generation") == generation_; }));
  }
  void publish(std::vector<watcher::Vip> vips) {
    auto next = std::make_shared<watcher::Snapshot>();
    for (auto& vip : vips) {
      const auto id = vip.id;
      next->vips.set(id, std::make_shared<const watcher::Vip>(std::move(vip)));
    }
    next->generation = static_cast<std::uint64_t>(++generation_);
    catalog_.publish(std::move(next));
  }

  std::string metrics() const {
    common::MetricsPage page;
    server_->describe(page);
    return page.text();
  }
  /// The value of a series, as written: `name` or `name{label="value"}`; -1 when there is none.
  double value(const std::string& series) const {
    const std::string text = "\n" + metrics();
    const std::size_t place = text.find("\n" + series + " ");
    return place == std::string::npos ? -1 : std::atof(text.c_str() + place + series.size() + 2);
  }
  double ended(const std::string& cause) const {
    return value("signpost_vipd_sessions_ended_total{cause=\"" + cause + "\"}");
  }

  void stop() { server_.reset(); }
  /// Another server takes over from this one.
  void hand_over(const config::Vip& options = Proxy::options()) {
    Moving moving = server_->hand_over();
    catalog_.unsubscribe_all();
    auto next = Server::prepare(options, catalog_, moving.workers.size());
    ASSERT_TRUE(next);
    (*next)->run(catalog_, std::move(moving));
    server_ = std::move(*next);
  }
  void drain() { server_->drain(); }
  std::size_t open_sessions() const { return server_->open_sessions(); }

 private:
  common::Published<watcher::Snapshot> catalog_;
  double generation_ = 0;
  std::unique_ptr<Server> server_;
};

}  // namespace vipd
