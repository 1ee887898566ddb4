#pragma once

#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace watcher::file {

/// What the directory says of the file.
enum class Sign {
  Written,  // Somebody is at it: wait for what follows.
  Changed,  // It may be another than before.
};

/// Tells when a file may have changed, by watching its directory: so a rename over it, an editor's
/// way of saving and the swapped links of a Kubernetes volume are seen too. Says nothing of a
/// link's target elsewhere, nor of file systems that others write to: look from time to time as
/// well. One thread.
class DirectoryWatch {
 public:
  DirectoryWatch(boost::asio::io_context& io, std::string path, std::function<void(Sign)> tell);
  ~DirectoryWatch();

  /// Watches the directory, unless it does so already; call again when it may have come into being.
  void ensure();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace watcher::file
