// What a file may do to its reader that no server can.

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/watcher/conformance/file_rig.h"

namespace watcher::conformance {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

class FileConformance : public testing::Test {
 protected:
  void sync(int tasks) {
    for (int i = 0; i < tasks; ++i) rig_.start_task();
    rig_.tell();
    rig_.settle();
  }
  void expect_kept(const std::string& text) {
    const std::set<std::string> before = rig_.shown();
    rig_.write(text);
    rig_.await_verdict();
    rig_.await_looks();
    EXPECT_EQ(rig_.shown(), before);
    EXPECT_THAT(rig_.status().last_error, HasSubstr("file.path " + rig_.path()));
  }
  void expect_it_still_follows() {
    rig_.start_task();
    rig_.tell();
    rig_.settle();
    EXPECT_THAT(rig_.dropped(), IsEmpty());
  }

  FileRig rig_;
};

TEST_F(FileConformance, KeepsWhatStoodOverAnEmptyFile) {
  sync(3);
  expect_kept("");
  expect_it_still_follows();
}

TEST_F(FileConformance, KeepsWhatStoodOverGarbage) {
  sync(3);
  std::string garbage = "\r\n{\"\xff";
  for (int i = 0; i < 500; ++i) garbage += static_cast<char>(i * 37);
  expect_kept(garbage);
  expect_it_still_follows();
}

TEST_F(FileConformance, KeepsWhatStoodOverAFileThatIsTooLarge) {
  sync(3);
  expect_kept(rig_.text() + "#" + std::string(FileRig::kMaxBytes, 'x') + "\n");
  EXPECT_THAT(rig_.status().last_error, HasSubstr("file.max_bytes"));
  expect_it_still_follows();
}

/// What was cut off cannot be known; but nothing is made up, and the whole file sets it right.
TEST_F(FileConformance, MakesNothingUpOfAFileThatIsCutOffAnywhere) {
  sync(3);
  const std::string whole = rig_.text();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    rig_.write(whole.substr(0, size));
    rig_.await_verdict();
    const std::set<std::string> shown = rig_.shown();
    EXPECT_TRUE(
        std::includes(rig_.running().begin(), rig_.running().end(), shown.begin(), shown.end()))
        << size;
    rig_.write(whole);
    rig_.settle();
  }
}

TEST_F(FileConformance, WaitsForASlowWriter) {
  sync(3);
  std::filesystem::remove(rig_.path());
  std::ofstream(rig_.path()) << rig_.text();
  rig_.await_looks();
  rig_.start_task();
  const std::string whole = rig_.text();
  const std::size_t half = whole.find("  web2");
  std::ofstream writer(rig_.path());
  writer << whole.substr(0, half) << std::flush;
  rig_.await_looks();
  EXPECT_EQ(rig_.shown().size(), 3u);
  writer << whole.substr(half) << std::flush;
  writer.close();
  rig_.settle();
  EXPECT_THAT(rig_.dropped(), IsEmpty());
}

TEST_F(FileConformance, FollowsAFileThatIsReplacedAgainAndAgain) {
  sync(2);
  for (int i = 0; i < 50; ++i) {
    rig_.start_task();
    rig_.tell();
    if (i % 7 == 0) rig_.await_looks();
  }
  rig_.settle();
  EXPECT_THAT(rig_.dropped(), IsEmpty());
}

TEST_F(FileConformance, StandsDuplicates) {
  sync(2);
  for (int copies = 0; copies < 3; ++copies) {
    rig_.tell();
    rig_.settle();
  }
  EXPECT_EQ(rig_.shown(), rig_.running());
  EXPECT_EQ(rig_.status().rejected, 0u);

  const std::string id = *rig_.running().begin();
  rig_.write(rig_.text() + FileRig::line(id, "10.0.0.9"));  // One name twice.
  rig_.await_verdict();
  EXPECT_EQ(rig_.shown(), rig_.running());
  EXPECT_THAT(rig_.status().last_error, HasSubstr("line 4"));
  EXPECT_THAT(rig_.dropped(), IsEmpty());
}

TEST_F(FileConformance, CountsAServiceThatMakesNoSenseAndTakesTheOthers) {
  sync(2);
  const std::string known = *rig_.running().begin();
  std::string text = rig_.text();
  const std::string line = FileRig::line(known, "10.0.0.1");
  text.replace(text.find(line), line.size(), FileRig::line(known, "42"));
  rig_.write(text + FileRig::line(rig_.start_task(), "10.0.0.1"));
  rig_.await([&] { return rig_.shown() == rig_.running(); });  // The known one stays.
  EXPECT_EQ(rig_.status().rejected, 1u);
  EXPECT_THAT(rig_.status().last_error, HasSubstr("line 2"));
  expect_it_still_follows();
}

}  // namespace
}  // namespace watcher::conformance
