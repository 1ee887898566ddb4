// Runs tests/cases/*.case: what names answer after which tasks. The grammar is in its README.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/dnsd/cases/script.h"
#include "tests/dnsd/cases/world.h"

namespace dnsd::testing {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// One case, or what was wrong with its file.
struct Found {
  std::string file;
  Case story;
  std::string error;
};

void PrintTo(const Found& found, std::ostream* out) { *out << found.file; }

std::vector<Found> find_cases() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(SIGNPOST_SOURCE_DIR "/tests/cases")) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Found> found;
  for (const auto& path : paths) {
    const std::string file = "tests/cases/" + path.filename().string();
    auto cases = parse_cases(read_file(path), file);
    if (!cases) found.push_back({file, {"unreadable", {}}, cases.error().message});
    if (!cases) continue;
    for (Case& story : *cases) found.push_back({file, std::move(story), ""});
  }
  return found;
}

std::string test_name(const ::testing::TestParamInfo<Found>& info) {
  std::string name =
      std::filesystem::path(info.param.file).stem().string() + "_" + info.param.story.title;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}

class Cases : public ::testing::TestWithParam<Found> {};

TEST_P(Cases, Holds) {
  ASSERT_EQ(GetParam().error, "");
  World world;
  const auto done = world.run(GetParam().story);
  EXPECT_TRUE(done.has_value()) << done.error().message;
}

INSTANTIATE_TEST_SUITE_P(Text, Cases, ::testing::ValuesIn(find_cases()), test_name);

}  // namespace
}  // namespace dnsd::testing
