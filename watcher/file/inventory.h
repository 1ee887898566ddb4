#pragma once

#include <map>
#include <string>
#include <vector>

#include "watcher/file/parse.h"
#include "watcher/task.h"

namespace watcher::file {

/// What stands: the file's services, each as it last was right. Pure.
class Inventory {
 public:
  /// A service that is wrong now stays what it was; one that the file does not name goes.
  void take(Content content);
  std::vector<Task> tasks() const;

 private:
  std::map<std::string, std::vector<Task>> services_;
};

}  // namespace watcher::file
