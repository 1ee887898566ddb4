#include "watcher/mesos/source.h"

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "common/log.h"
#include "watcher/follow/seeds.h"
#include "watcher/follow/shell.h"
#include "watcher/mesos/follower.h"
#include "watcher/zookeeper/leader_watch.h"

namespace watcher {
namespace {

constexpr std::string_view kOption = "mesos.masters";

Shell::Options shell_options(const config::Mesos& options, std::vector<http::Url> peers) {
  return {.connect_timeout = options.request_timeout,
          .peers = std::move(peers),
          .section = "mesos",
          .peers_option = std::string(kOption),
          .access = options};
}

std::unique_ptr<mesos::Follower> make_follower(const config::Mesos& options,
                                               std::vector<http::Url> seeds) {
  return std::make_unique<mesos::Follower>(options, std::move(seeds), std::random_device{}());
}

/// Follows whoever leads the election in ZooKeeper.
class LedByZookeeper final : public Source {
 public:
  LedByZookeeper(boost::asio::io_context& io,
                 const config::Mesos& options,
                 zookeeper::Ensemble ensemble,
                 BatchSink sink)
      : LedByZookeeper(
            io, options, std::move(ensemble), make_follower(options, {}), std::move(sink)) {}

  void restore(const std::vector<Task>& tasks) override { shell_.restore(tasks); }

  void start() override {
    shell_.start();
    watch_.emplace(
        io_, ensemble_, [this](const common::Expected<http::Url>& leader) { take(leader); });
  }

  SourceStatus status() const override {
    SourceStatus status = shell_.status();
    if (!status.connected && !trouble_.empty()) status.last_error = trouble_;
    return status;
  }

 private:
  LedByZookeeper(boost::asio::io_context& io,
                 const config::Mesos& options,
                 zookeeper::Ensemble ensemble,
                 std::unique_ptr<mesos::Follower> follower,
                 BatchSink sink)
      : io_(io),
        ensemble_(std::move(ensemble)),
        follower_(*follower),
        shell_(io, std::move(follower), shell_options(options, {}), std::move(sink)) {}

  void take(const common::Expected<http::Url>& leader) {
    trouble_ = leader ? "" : leader.error().message;
    if (leader) {
      common::log::info("source=mesos leader={}", leader->authority());
      shell_.tell([&](TimePoint now) { follower_.led_by(*leader, now); });
      return;
    }
    common::log::warn("source=mesos error=\"{}\"", trouble_);
    if (leader.error().code == common::ErrorCode::NotFound) {
      shell_.tell([&](TimePoint now) { follower_.no_leader(now); });
    }
  }

  boost::asio::io_context& io_;
  zookeeper::Ensemble ensemble_;
  mesos::Follower& follower_;  // The shell's.
  Shell shell_;
  std::string trouble_;  // Why ZooKeeper names no leader.
  std::optional<zookeeper::LeaderWatch> watch_;
};

std::unique_ptr<Source> make_led_by_zookeeper(boost::asio::io_context& io,
                                              const config::Mesos& options,
                                              BatchSink sink) {
  auto ensemble = zookeeper::parse_ensemble(options.masters.front());
  if (ensemble) {
    return std::make_unique<LedByZookeeper>(io, options, std::move(*ensemble), std::move(sink));
  }
  common::log::error("source={} error=\"{}\" option={}",
                     mesos::Follower::kSource,
                     ensemble.error().message,
                     kOption);
  return make_unreachable(mesos::Follower::kSource, kOption);
}

}  // namespace

std::unique_ptr<Source> make_mesos_source(boost::asio::io_context& io,
                                          const config::Mesos& options,
                                          BatchSink sink) {
  if (options.masters.size() == 1 && options.masters.front().starts_with("zk://")) {
    return make_led_by_zookeeper(io, options, std::move(sink));
  }
  const auto seeds = read_seeds(options.masters, mesos::Follower::kSource, kOption);
  if (seeds.empty()) return make_unreachable(mesos::Follower::kSource, kOption);
  return std::make_unique<Shell>(
      io, make_follower(options, seeds), shell_options(options, seeds), std::move(sink));
}

}  // namespace watcher
