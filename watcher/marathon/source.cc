#include "watcher/marathon/source.h"

#include <random>
#include <string_view>
#include <utility>

#include "watcher/follow/seeds.h"
#include "watcher/follow/shell.h"
#include "watcher/marathon/follower.h"

namespace watcher {
std::unique_ptr<Source> make_marathon_source(boost::asio::io_context& io,
                                             const config::Marathon& options,
                                             BatchSink sink) {
  const std::string_view source = marathon::Follower::kSource;
  auto seeds = read_seeds(options.urls, source, "marathon.urls");
  if (seeds.empty()) return make_unreachable(source, "marathon.urls");
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
