#include "common/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <new>
#include <string>
#include <vector>

namespace common {
namespace {

namespace fs = std::filesystem;

TEST(Shortage, BeginsAtTheFirstMarkAndEndsBelowTheSecond) {
  Shortage shortage;
  EXPECT_FALSE(shortage.observe({89'999, 100'000}));
  EXPECT_TRUE(shortage.observe({90'000, 100'000}));
  EXPECT_TRUE(shortage.observe({85'000, 100'000}));
  EXPECT_FALSE(shortage.observe({84'999, 100'000}));
  EXPECT_FALSE(shortage.observe({89'999, 100'000}));
}

TEST(Shortage, NeverComesWithoutALimit) {
  Shortage shortage;
  EXPECT_FALSE(shortage.observe({UINT64_MAX, 0}));
}

/// Files as the kernel shows them.
class ControlGroups : public testing::Test {
 protected:
  ~ControlGroups() override { fs::remove_all(root_); }
  void write(const std::string& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  const fs::path root_ =
      fs::path(testing::TempDir()) / ("control_groups." + std::to_string(getpid()));
};

TEST_F(ControlGroups, AreOfVersion2) {
  write("system.slice/signpost.service/memory.max", "1000000\n");
  write("system.slice/signpost.service/memory.current", "500000\n");
  write("system.slice/signpost.service/memory.stat",
        "anon 1\nfile 7\ninactive_file 90000\nactive_file 10000\n");
  const MemoryUse use = control_group_memory(root_, "0::/system.slice/signpost.service\n");
  EXPECT_EQ(use.limit, 1'000'000U);
  EXPECT_EQ(use.used, 400'000U) << "pages of files do not count";
}

TEST_F(ControlGroups, AreLimitedByThoseAbove) {
  write("a.slice/b.service/memory.max", "max\n");
  write("a.slice/b.service/memory.current", "5\n");
  write("a.slice/memory.max", "3000\n");
  write("a.slice/memory.current", "2000\n");
  EXPECT_EQ(control_group_memory(root_, "0::/a.slice/b.service\n").used, 2000U);
}

TEST_F(ControlGroups, AreOfVersion1) {
  write("memory/mesos/x/memory.limit_in_bytes", "64000\n");
  write("memory/mesos/x/memory.usage_in_bytes", "32000\n");
  write("memory/mesos/x/memory.stat",
        "active_file 1\ntotal_inactive_file 1500\ntotal_active_file 500\n");
  const MemoryUse use = control_group_memory(root_, "8:pids:/\n4:memory:/mesos/x\n0::/\n");
  EXPECT_EQ(use.limit, 64'000U);
  EXPECT_EQ(use.used, 30'000U) << "with the pages of the groups below";
}

TEST_F(ControlGroups, OfAContainerLieAtTheTop) {
  write("memory/memory.limit_in_bytes", "64000\n");
  write("memory/memory.usage_in_bytes", "32000\n");
  EXPECT_EQ(control_group_memory(root_, "4:memory:/docker/0123\n").limit, 64'000U);
}

TEST_F(ControlGroups, MayLimitNothing) {
  write("memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("memory/memory.usage_in_bytes", "32000\n");
  EXPECT_EQ(control_group_memory(root_, "4:memory:/\n").limit, 0U);
  EXPECT_EQ(control_group_memory(root_, "").limit, 0U);
  EXPECT_EQ(control_group_memory(root_, "no line\n::\n").limit, 0U);
}

TEST(MemoryWatch, IsShortAtTheLimitAndNotAfterwards) {
  MemoryWatch watch(1);
  watch.look();
  EXPECT_TRUE(memory_is_short());
  watch.set_limit(std::uint64_t{1} << 50);
  watch.look();
  EXPECT_FALSE(memory_is_short());
}

TEST(MemoryWatch, LeavesNothingBehind) {
  {
    MemoryWatch watch(1);
    watch.look();
  }
  EXPECT_FALSE(memory_is_short());
  EXPECT_EQ(std::get_new_handler(), nullptr);
}

}  // namespace
}  // namespace common
