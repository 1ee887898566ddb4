#include "watcher/file/source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

namespace watcher {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A directory with a file that is followed, and what was told of it last.
class FileSourceTest : public ::testing::Test {
 protected:
  FileSourceTest() {
    std::string name = ::testing::TempDir() + "file.XXXXXX";
    directory_ = mkdtemp(name.data());
  }
  ~FileSourceTest() override {
    source_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::string path() const { return directory_ + "/services.yaml"; }

  /// Over the old one, as an editor or `mv` does it.
  void write(const std::string& text) const {
    std::ofstream(directory_ + "/draft") << text;
    std::filesystem::rename(directory_ + "/draft", path());
  }
  void write_services(const std::string& names) const {
    std::string text = "services:\n";
    for (const char name : names) text += std::string("  ") + name + ": {endpoints: 10.0.0.1}\n";
    write(text);
  }

  void follow(std::chrono::milliseconds look = 1h, std::uint64_t max_bytes = 1 << 20) {
    source_ = make_file_source(
        io_, {path(), max_bytes}, [this](Batch batch) { take(std::move(batch)); }, look);
    source_->start();
  }
  void wait(const std::function<bool()>& done) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
      io_.restart();
      io_.run_one_for(5ms);
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "what was awaited never came";
    }
  }
  void wait_for(const std::vector<std::string>& names) {
    wait([&] { return told_ == names; });
  }

  boost::asio::io_context io_;
  std::string directory_;
  std::unique_ptr<Source> source_;
  std::optional<std::vector<std::string>> told_;

 private:
  void take(Batch batch) {
    told_.emplace();
    for (const Task& task : std::get<Reset>(batch.updates.at(0)).tasks) told_->push_back(task.name);
  }
};

TEST_F(FileSourceTest, TellsWhatIsWrittenAndWhatChanges) {
  write_services("a");
  follow();
  wait_for({"a"});
  EXPECT_TRUE(source_->status().synced);
  write_services("ab");
  wait_for({"a", "b"});
  write_services("");
  EXPECT_TRUE(source_->status().synced);
}

TEST_F(FileSourceTest, WaitsForAFileThatIsNotThereYet) {
  follow();
  wait([&] { return !source_->status().last_error.empty(); });
  EXPECT_FALSE(source_->status().synced);
  EXPECT_THAT(source_->status().last_error, HasSubstr("file.path " + path()));
  write_services("a");
  wait_for({"a"});
  EXPECT_EQ(source_->status().last_error, "");
}

TEST_F(FileSourceTest, SeesAFileWrittenInPlace) {
  write_services("a");
  follow();
  wait_for({"a"});
  std::ofstream(path()) << "services: {b: {endpoints: 10.0.0.1}}\n";
  wait_for({"b"});
}

TEST_F(FileSourceTest, SeesALinkThatLeadsElsewhere) {
  std::filesystem::create_directories(directory_ + "/one");
  std::filesystem::create_directories(directory_ + "/two");
  std::ofstream(directory_ + "/one/services.yaml") << "services: {a: {endpoints: 10.0.0.1}}\n";
  std::ofstream(directory_ + "/two/services.yaml") << "services: {b: {endpoints: 10.0.0.1}}\n";
  std::filesystem::create_symlink("one", directory_ + "/..data");
  std::filesystem::create_symlink("..data/services.yaml", path());
  follow();
  wait_for({"a"});
  std::filesystem::create_symlink("two", directory_ + "/..new");
  std::filesystem::rename(directory_ + "/..new", directory_ + "/..data");
  wait_for({"b"});
}

TEST_F(FileSourceTest, LooksWhereNothingTells) {
  std::filesystem::create_directories(directory_ + "/elsewhere");
  std::filesystem::create_symlink("elsewhere/services.yaml", path());
  follow(1ms);
  std::ofstream(directory_ + "/elsewhere/services.yaml")
      << "services: {a: {endpoints: 10.0.0.1}}\n";
  wait_for({"a"});
}

TEST_F(FileSourceTest, KeepsWhatStoodWhenTheFileIsBroken) {
  write_services("a");
  follow();
  wait_for({"a"});
  write("services: [");
  wait([&] { return !source_->status().last_error.empty(); });
  EXPECT_THAT(source_->status().last_error, HasSubstr("line 1"));
  EXPECT_THAT(*told_, ElementsAre("a"));
  std::filesystem::remove(path());
  wait([&] { return source_->status().last_error.find("cannot open") != std::string::npos; });
  EXPECT_THAT(*told_, ElementsAre("a"));
}

TEST_F(FileSourceTest, KeepsAServiceAsItLastWasRight) {
  write_services("ab");
  follow();
  wait_for({"a", "b"});
  write("services: {a: {endpoints: nowhere}, c: {endpoints: 10.0.0.1}}\n");
  wait_for({"a", "c"});
  EXPECT_THAT(source_->status().last_error, HasSubstr("line 1"));
  EXPECT_EQ(source_->status().rejected, 1U);
}

TEST_F(FileSourceTest, RefusesAFileThatIsTooLarge) {
  write_services("abcdefgh");
  follow(1h, 20);
  wait([&] { return !source_->status().last_error.empty(); });
  EXPECT_THAT(source_->status().last_error, HasSubstr("file.max_bytes"));
}

}  // namespace
}  // namespace watcher
