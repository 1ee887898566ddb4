#include "watcher/saved/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "tests/watcher/saved/sample.h"

namespace watcher::saved {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string name = ::testing::TempDir() + "saved.XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~FileTest() override { std::filesystem::remove_all(directory_); }

  std::string path() const { return directory_ + "/state"; }
  std::string directory_;
};

TEST_F(FileTest, IsNothingBeforeTheFirstWrite) {
  const auto state = load(path());
  ASSERT_TRUE(state);
  EXPECT_FALSE(state->has_value());
}

TEST_F(FileTest, ReplacesTheOldStateAsAWhole) {
  const Catalog catalog = sample_catalog();
  ASSERT_TRUE(save(path(), {}, {}));
  ASSERT_TRUE(save(path(), catalog.snapshot(), {"marathon"}));
  const auto state = load(path());
  ASSERT_TRUE(state && state->has_value());
  EXPECT_THAT((*state)->tasks, SizeIs(2));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory_), {}), 1);
}

TEST_F(FileTest, SetsADamagedStateAside) {
  std::ofstream(path()) << "{\"signpost_state\":1}\n";
  const auto refused = load(path());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr(path() + ".damaged"));
  EXPECT_TRUE(std::filesystem::exists(path() + ".damaged"));
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(FileTest, NamesTheDirectoryItCannotWriteTo) {
  const auto failed = save(directory_ + "/none/state", {}, {});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr(directory_ + "/none/state"));
}

TEST_F(FileTest, LeavesTheOldStateWhenTheDiskIsFull) {
  const Catalog catalog = sample_catalog();
  ASSERT_TRUE(save(path(), catalog.snapshot(), {}));
  std::filesystem::create_symlink("/dev/full", path() + ".new");
  EXPECT_FALSE(save(path(), catalog.snapshot(), {}));
  EXPECT_TRUE(load(path())->has_value());
}

}  // namespace
}  // namespace watcher::saved
