#pragma once

#include <string>
#include <vector>

#include "common/result.h"

/// What commands print.
namespace signpost {

/// The words on standard output, or why there are none on standard error. Returns the exit status.
int print(const common::Expected<std::string>& words);

/// Rows of words in columns as wide as their widest.
class Table {
 public:
  explicit Table(std::vector<std::string> heads) { rows_.push_back(std::move(heads)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.size() == 1; }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// "3 tasks", "1 task".
std::string count_of(std::size_t count, const std::string& what);
/// "5 s", "3 min", "2 h".
std::string lasting(double seconds);

}  // namespace signpost
