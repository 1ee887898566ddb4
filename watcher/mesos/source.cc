#include "watcher/mesos/source.h"

#include <random>
#include <utility>

#include "common/log.h"
#include "watcher/follow/shell.h"
#include "watcher/mesos/follower.h"

namespace watcher {
namespace {

/// Stands in for masters that none of the configured URLs leads to.
class Unreachable final : public Source {
 public:
  void start() override {}
  SourceStatus status() const override {
    SourceStatus status;
    status.name = mesos::Follower::kSource;
    status.last_error = "none of mesos.masters can be read";
    return status;
  }
};

std::vector<http::Url> read_seeds(const config::Mesos& options) {
  std::vector<http::Url> seeds;
  for (const std::string& text : options.masters) {
    auto url = http::Url::parse(text);
    if (url) {
      seeds.push_back(std::move(*url));
    } else {
      common::log::error("source={} error=\"{}\" option=mesos.masters",
                         mesos::Follower::kSource,
                         url.error().message);
    }
  }
  return seeds;
}

bool asks_zookeeper(const config::Mesos& options) {
  return options.masters.size() == 1 && options.masters.front().starts_with("zk://");
}

}  // namespace

std::unique_ptr<Source> make_mesos_source(boost::asio::io_context& io,
                                          const config::Mesos& options,
                                          BatchSink sink) {
  std::vector<http::Url> seeds;
  if (!asks_zookeeper(options)) {
    seeds = read_seeds(options);
    if (seeds.empty()) return std::make_unique<Unreachable>();
  }
  auto follower = std::make_unique<mesos::Follower>(options, seeds, std::random_device{}());
  return std::make_unique<Shell>(io,
                                 std::move(follower),
                                 Shell::Options{.connect_timeout = options.request_timeout,
                                                .peers = std::move(seeds),
                                                .section = "mesos",
                                                .peers_option = "mesos.masters",
                                                .access = options},
                                 std::move(sink));
}

}  // namespace watcher
