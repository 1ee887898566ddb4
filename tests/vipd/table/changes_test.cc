#include "vipd/table/changes.h"

#include <gtest/gtest.h>

namespace vipd {
namespace {

using watcher::BackendState;
using watcher::Protocol;
using watcher::VipId;
using watcher::VipPtr;

VipPtr vip(const std::string& name, Protocol protocol = Protocol::Tcp) {
  watcher::Vip vip;
  vip.id.name = name;
  vip.id.protocol = protocol;
  return std::make_shared<const watcher::Vip>(std::move(vip));
}
VipMap map_of(const std::vector<VipPtr>& vips) {
  VipMap map;
  for (const auto& vip : vips) map.set(vip->id, vip);
  return map;
}

TEST(Changes, AreNoneBetweenEqualTables) {
  const VipMap table = map_of({vip("a"), vip("b")});
  EXPECT_TRUE(changes(table, table).empty());
  EXPECT_TRUE(changes(VipMap(), VipMap()).empty());
}

TEST(Changes, TellWhatOpensChangesAndCloses) {
  const VipPtr stays = vip("stays"), closes = vip("closes"), before = vip("x"), after = vip("x"),
               opens = vip("opens");
  VipMap first = map_of({stays, closes, before});
  VipMap next = first;
  next.erase(closes->id);
  next.set(after->id, after);
  next.set(opens->id, opens);
  std::map<std::string, watcher::VipChange> found;
  for (const auto& change : changes(first, next)) {
    found[(change.after ? change.after : change.before)->id.name] = change;
  }
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found["closes"].before, closes);
  EXPECT_EQ(found["closes"].after, nullptr);
  EXPECT_EQ(found["x"].before, before);
  EXPECT_EQ(found["x"].after, after);
  EXPECT_EQ(found["opens"].before, nullptr);
  EXPECT_EQ(found["opens"].after, opens);
}

TEST(Changes, ConcernUdpToo) {
  EXPECT_EQ(changes(VipMap(), map_of({vip("dns", Protocol::Udp)})).size(), 1U);
}

TEST(BackendCounts, CountsEachState) {
  watcher::Vip vip;
  for (const auto state : {BackendState::Passing,
                           BackendState::Passing,
                           BackendState::Failing,
                           BackendState::Draining}) {
    vip.backends.emplace_back().state = state;
  }
  const BackendCounts counts = count_backends(vip);
  EXPECT_EQ(counts.passing, 2U);
  EXPECT_EQ(counts.failing, 1U);
  EXPECT_EQ(counts.draining, 1U);
}

}  // namespace
}  // namespace vipd
