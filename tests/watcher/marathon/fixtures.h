#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

/// Recorded inputs that stay outside the repository; tests that need them skip where they are not.
namespace watcher::marathon {

inline std::filesystem::path fixture_path(const std::string& name) {
  const char* shared = std::getenv("SIGNPOST_SHARED");
  const std::string root = shared ? shared : SIGNPOST_SOURCE_DIR "/../shared";
  return std::filesystem::path(root) / "fixtures" / name;
}

/// The file's bytes; empty when it is not there.
inline std::string read_fixture(const std::string& name) {
  std::ifstream file(fixture_path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Names, below fixtures/, of the files in a folder whose name ends so; sorted.
inline std::vector<std::string> list_fixtures(const std::string& folder, const std::string& end) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(fixture_path(folder), none)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(end)) names.push_back(folder + "/" + name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace watcher::marathon

#define SKIP_WITHOUT_FIXTURES(what)                                                        \
  if ((what).empty()) {                                                                    \
    GTEST_SKIP() << "no fixtures: set SIGNPOST_SHARED to the folder that holds fixtures/"; \
  }
