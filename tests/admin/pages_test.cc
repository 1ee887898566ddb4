#include "admin/pages.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace admin {
namespace {

using watcher::SourceStatus;
using Statuses = std::vector<SourceStatus>;

/// A page holds what it tells of, however often that is published anew meanwhile.
TEST(ReadyPage, TellsOfOneStateWhileOthersArePublished) {
  const SourceStatus waiting{.name = "a source with a name of some length", .last_error = "late"};
  const auto two = [&] { return std::make_shared<const Statuses>(Statuses{waiting, waiting}); };
  const common::Published<watcher::Snapshot> catalog(std::make_shared<const watcher::Snapshot>());
  common::Published<Statuses> sources(two());
  const View view{.catalog = catalog, .sources = sources, .metrics = {}};
  const std::string line = "source=" + waiting.name + " not connected: late\n";
  std::atomic<bool> ended{false};
  std::thread publisher([&] {
    while (!ended) sources.publish(two());
  });
  for (int i = 0; i < 5000; ++i) {
    const http::Response page = ready_page(view);
    EXPECT_EQ(page.status, 503);
    ASSERT_THAT(page.body, testing::EndsWith("\n" + line + line));
  }
  ended = true;
  publisher.join();
}

}  // namespace
}  // namespace admin
