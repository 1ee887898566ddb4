#pragma once

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "watcher/source.h"

namespace watcher::conformance {

/// What is wrong with whoever tells the source of the cluster.
enum class Server {
  Well,
  Down,      // Nobody accepts; there is no file.
  Mute,      // Accepts, and says nothing more.
  Refusing,  // 401 to all; a file that may not be read.
  Foreign,   // Speaks of something else, such as a web page.
};

/// A source, a small cluster that it follows, and everything between the two.
class Stage {
 public:
  virtual ~Stage() = default;

  // The cluster.

  virtual std::string start_task() = 0;  // Runs at once, without checks; its id.
  virtual void end_task(const std::string& id) = 0;
  virtual std::set<std::string> running() const = 0;

  // What lies between.

  virtual void tell() = 0;          // What changed since the last call is told.
  virtual void lose_records() = 0;  // It is not, but who looks will see it.
  virtual void set_server(Server server) = 0;
  virtual void settle() = 0;  // Until what was told should be seen.
  virtual void repair() = 0;  // Until what was not told should be, with a server that is well.
  /// As long as that while the server is not well, or as long as the source takes to notice.
  virtual void outlast(std::chrono::nanoseconds outage) = 0;

  // What is to be seen.

  virtual std::set<std::string> shown() const = 0;  // Running tasks.
  virtual SourceStatus status() const = 0;
  virtual int batches() const = 0;
  /// Tasks that were taken out of service while they ran. None ever should be.
  virtual const std::vector<std::string>& dropped() const = 0;
};

}  // namespace watcher::conformance
