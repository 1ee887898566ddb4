#include "watcher/marathon/source.h"

#include <random>
#include <utility>

#include "common/log.h"
#include "watcher/follow/shell.h"
#include "watcher/marathon/follower.h"

namespace watcher {
namespace {

/// Stands in for a Marathon that none of the configured URLs leads to.
class Unreachable final : public Source {
 public:
  void start() override {}
  SourceStatus status() const override {
    SourceStatus status;
    status.name = marathon::Follower::kSource;
    status.last_error = "none of marathon.urls can be read";
    return status;
  }
};

std::vector<http::Url> read_seeds(const config::Marathon& options) {
  std::vector<http::Url> seeds;
  for (const std::string& text : options.urls) {
    auto url = http::Url::parse(text);
    if (url) {
      seeds.push_back(std::move(*url));
    } else {
      common::log::error("source={} error=\"{}\" option=marathon.urls",
                         marathon::Follower::kSource,
                         url.error().message);
    }
  }
  return seeds;
}

}  // namespace

std::unique_ptr<Source> make_marathon_source(boost::asio::io_context& io,
                                             const config::Marathon& options,
                                             BatchSink sink) {
  auto seeds = read_seeds(options);
  if (seeds.empty()) return std::make_unique<Unreachable>();
  auto follower = std::make_unique<marathon::Follower>(options, seeds, std::random_device{}());
  return std::make_unique<Shell>(io,
                                 std::move(follower),
                                 Shell::Options{.connect_timeout = options.request_timeout,
                                                .peers = std::move(seeds),
                                                .section = "marathon",
                                                .peers_option = "marathon.urls",
                                                .access = options},
                                 std::move(sink));
}

}  // namespace watcher
