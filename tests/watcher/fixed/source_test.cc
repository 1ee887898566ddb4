#include "watcher/fixed/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "config/check_text.h"
#include "config/fixed_vip.h"
#include "watcher/vips/bindings.h"

namespace watcher {
namespace {

using ::testing::SizeIs;

std::vector<config::FixedVip> vips(const char* line) {
  return {config::Type<config::FixedVip>::parse(line).value()};
}

TEST(FixedTasks, StandBehindTheirVip) {
  const auto tasks = fixed_tasks(
      vips("/postgres:5432 10.0.0.11:15432 10.0.0.12:15432 balance=source \"check=tcp rise=1\""));
  ASSERT_THAT(tasks, SizeIs(2));
  EXPECT_EQ(tasks[0].name, "postgres");
  const Bindings found = read_bindings(tasks[0], {});
  ASSERT_THAT(found.bindings, SizeIs(1));
  EXPECT_THAT(found.problems, SizeIs(0));
  EXPECT_EQ(found.bindings[0].id.to_string(), "postgres.config:5432/tcp");
  const auto backends = backends_of(tasks[0], found.bindings[0]);
  ASSERT_THAT(backends, SizeIs(1));
  EXPECT_EQ(backends[0].endpoint.to_string(), "10.0.0.11:15432");
  EXPECT_EQ(backends[0].state, BackendState::Passing);
  EXPECT_EQ(backends[0].options.balance, config::Balance::Source);
  EXPECT_EQ(config::Type<config::Check>::print(backends[0].check), "tcp rise=1");
}

TEST(FixedTasks, MayBeOfAnAddressAndUdp) {
  const auto tasks = fixed_tasks(vips("10.1.1.1:53 udp 10.0.0.1:53"));
  ASSERT_THAT(tasks, SizeIs(1));
  EXPECT_EQ(read_bindings(tasks[0], {}).bindings.at(0).id.to_string(), "10.1.1.1:53/udp");
}

TEST(FixedTasks, AreReportedWhenTheVipIsNone) {
  const auto tasks = fixed_tasks(vips("127.0.0.1:53 10.0.0.1:53 wieght=3"));
  EXPECT_THAT(read_bindings(tasks.at(0), {}).problems, SizeIs(1));
}

TEST(FixedSource, TellsOnce) {
  boost::asio::io_context io;
  std::vector<Batch> told;
  const auto source = make_fixed_source(
      io, vips("/a:1 10.0.0.1:1"), [&](Batch batch) { told.push_back(std::move(batch)); });
  EXPECT_FALSE(source->status().synced);
  source->start();
  io.run();
  ASSERT_THAT(told, SizeIs(1));
  const auto& reset = std::get<Reset>(told[0].updates.at(0));
  EXPECT_EQ(reset.source, "config");
  EXPECT_THAT(reset.tasks, SizeIs(1));
  EXPECT_TRUE(source->status().synced);
}

}  // namespace
}  // namespace watcher
