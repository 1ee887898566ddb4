#include "common/file_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>

namespace common {
namespace {

/// A file that goes with the test.
class TestFile {
 public:
  explicit TestFile(const std::string& text) { write(text); }
  ~TestFile() { std::filesystem::remove(path_); }
  TestFile(const TestFile&) = delete;

  const std::string& path() const { return path_; }
  /// At once, so that nobody reads half of it.
  void write(const std::string& text) const {
    std::ofstream(path_ + ".new") << text;
    std::filesystem::rename(path_ + ".new", path_);
  }

 private:
  const std::string path_ = ::testing::TempDir() + "file_watch_test." + std::to_string(getpid());
};

/// Reads a file, and tells how often it did.
class Reader {
 public:
  explicit Reader(std::string path) : path_(std::move(path)) {}

  Expected<std::shared_ptr<const std::string>> read() {
    std::string text;
    std::getline(std::ifstream(path_) >> std::ws, text);
    const std::lock_guard lock(mutex_);
    ++times_;
    changed_.notify_all();
    if (text == "bad") return fail(ErrorCode::InvalidInput, "it is bad");
    return std::make_shared<const std::string>(text);
  }
  /// False if that is not so after ten seconds.
  bool was_read(int times) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return times_ >= times; });
  }

 private:
  const std::string path_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int times_ = 0;
};

TEST(FileWatch, KeepsTheOldValueWhileTheFileIsBad) {
  const TestFile file("one");
  Reader reader(file.path());
  FileWatch::Value<std::string> value;
  {
    FileWatch watch("test");
    value = *watch.add<std::string>("text", {file.path(), ""}, [&] { return reader.read(); });
    EXPECT_EQ(*value->current(), "one");
    ASSERT_TRUE(watch.start());
    file.write("bad");
    ASSERT_TRUE(reader.was_read(2));
    EXPECT_EQ(*value->current(), "one");
    file.write("three");
    ASSERT_TRUE(reader.was_read(3));
  }  // The watch has ended, so what it read is published.
  EXPECT_EQ(*value->current(), "three");
}

/// A new key may come before the right to read it.
TEST(FileWatch, ReadsAgainWhatOthersMayReadNow) {
  const TestFile file("one");
  Reader reader(file.path());
  FileWatch::Value<std::string> value;
  FileWatch watch("test");
  value = *watch.add<std::string>("text", {file.path()}, [&] { return reader.read(); });
  ASSERT_TRUE(watch.start());
  std::filesystem::permissions(file.path(), std::filesystem::perms::owner_read);
  EXPECT_TRUE(reader.was_read(2));
}

TEST(FileWatch, RefusesToStartWithABadFile) {
  const TestFile file("bad");
  Reader reader(file.path());
  FileWatch watch("test");
  const auto value = watch.add<std::string>("text", {file.path()}, [&] { return reader.read(); });
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().message, "it is bad");
}

}  // namespace
}  // namespace common
