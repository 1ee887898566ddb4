#pragma once

#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace watcher::file {

/// Tells when a file may have changed, by watching its directory: so a rename over it, an editor's
/// way of saving and the swapped links of a Kubernetes volume are seen too. Says nothing of a
/// link's target elsewhere, nor of file systems that others write to: look from time to time as
/// well. One thread.
class DirectoryWatch {
 public:
  DirectoryWatch(boost::asio::io_context& io,
                 std::string path,
                 std::function<void()> may_have_changed);
  ~DirectoryWatch();

  /// Watches the directory, unless it does so already; call again when it may have come into being.
  void ensure();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace watcher::file
