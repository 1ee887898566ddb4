#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"

/// The text of tests/cases/*.case, taken apart. The grammar is in tests/cases/README.md.
namespace dnsd::testing {

/// One line: its first word says what to do.
struct Step {
  std::string file;
  int line = 0;
  std::string verb;
  std::vector<std::string> words;

  std::string where() const;  // "names.case:12"
};

/// A story with a world of its own.
struct Case {
  std::string title;
  std::vector<Step> steps;
};

/// Errors name the line.
common::Expected<std::vector<Case>> parse_cases(std::string_view text, const std::string& file);

}  // namespace dnsd::testing
