#include "watcher/saved/keeper.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/watcher/saved/sample.h"
#include "watcher/saved/file.h"

namespace watcher::saved {
namespace {

using namespace std::chrono_literals;

class KeeperTest : public ::testing::Test {
 protected:
  KeeperTest() : catalog_(std::make_shared<const Snapshot>()) {
    std::string name = ::testing::TempDir() + "keeper.XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~KeeperTest() override { std::filesystem::remove_all(directory_); }

  void publish(bool restored = false) {
    Snapshot snapshot = sample_catalog().snapshot();
    snapshot.synced = true;
    snapshot.restored = restored;
    catalog_.publish(std::make_shared<const Snapshot>(std::move(snapshot)));
  }
  std::string path() const { return directory_ + "/state"; }

  std::string directory_;
  common::Published<Snapshot> catalog_;
};

TEST_F(KeeperTest, WritesALastTimeAtTheEnd) {
  {
    Keeper keeper({path(), 1h}, {"marathon"}, catalog_);
    publish();
  }
  const auto state = load(path());
  ASSERT_TRUE(state && state->has_value());
  EXPECT_EQ((*state)->generation, sample_catalog().snapshot().generation);
}

TEST_F(KeeperTest, WritesWhileItLives) {
  const Keeper keeper({path(), 1ms}, {"marathon"}, catalog_);
  publish();
  const auto limit = std::chrono::steady_clock::now() + 20s;
  while (!std::filesystem::exists(path()) && std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  EXPECT_TRUE(load(path())->has_value());
}

TEST_F(KeeperTest, KeepsAwayFromAStateThatIsNotTheSources) {
  std::ofstream(path()) << "as it was";
  { Keeper keeper({path(), 1h}, {"marathon"}, catalog_); }
  {
    Keeper keeper({path(), 1h}, {"marathon"}, catalog_);
    publish(true);
  }
  std::string text;
  std::getline(std::ifstream(path()), text);
  EXPECT_EQ(text, "as it was");
}

}  // namespace
}  // namespace watcher::saved
