#include "watcher/file/directory_watch.h"

#include <sys/inotify.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "common/log.h"

namespace watcher::file {
namespace {

namespace asio = boost::asio;

/// Written in place by its own name, or moved in under any: a link that leads to the file may be
/// one of its directory's others. Not every write: a half-written file is nobody's wish.
constexpr std::uint32_t kEvents =
    IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

class DirectoryWatch::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, std::string path, std::function<void()> may_have_changed)
      : directory_(std::filesystem::path(path).parent_path()),
        name_(std::filesystem::path(path).filename()),
        may_have_changed_(std::move(may_have_changed)),
        inotify_(io) {
    if (directory_.empty()) directory_ = ".";
  }

  void ensure() {
    if (!inotify_.is_open() && !open()) return;
    // For a directory that is watched already this gives the watch there is.
    watch_ = ::inotify_add_watch(inotify_.native_handle(), directory_.c_str(), kEvents);
  }

  void close() {
    may_have_changed_ = nullptr;
    boost::system::error_code ignored;  // It is gone either way.
    inotify_.close(ignored);
  }

 private:
  bool open() {
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) {
      if (!std::exchange(reported_, true)) {
        common::log::warn("file=\"{}/{}\" error=\"no inotify: {}\" it is looked at instead",
                          directory_,
                          name_,
                          std::strerror(errno));
      }
      return false;
    }
    inotify_.assign(fd);
    wait();
    return true;
  }

  void wait() {
    inotify_.async_wait(asio::posix::descriptor_base::wait_read,
                        [self = shared_from_this()](boost::system::error_code error) {
                          if (!error && self->may_have_changed_) self->take_events();
                        });
  }

  void take_events() {
    alignas(inotify_event) std::array<char, 16384> bytes;
    bool matters = false;
    ssize_t size = 0;
    while ((size = ::read(inotify_.native_handle(), bytes.data(), bytes.size())) > 0) {
      for (ssize_t at = 0; at < size;) {
        inotify_event event{};
        std::memcpy(&event, bytes.data() + at, sizeof event);
        const char* name = event.len > 0 ? bytes.data() + at + sizeof event : "";
        matters = take(event, name) || matters;
        at += static_cast<ssize_t>(sizeof event + event.len);
      }
    }
    wait();
    if (matters) may_have_changed_();
  }

  bool take(const inotify_event& event, const char* name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
    // Moved away, the directory would still be watched, under a path that is another's by now.
    if ((event.mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(inotify_.native_handle(), watch_);
    return (event.mask & IN_MOVED_TO) != 0 || name_ == name;
  }

  std::string directory_;
  std::string name_;
  std::function<void()> may_have_changed_;  // Null once closed.
  asio::posix::stream_descriptor inotify_;
  int watch_ = -1;
  bool reported_ = false;
};

DirectoryWatch::DirectoryWatch(asio::io_context& io,
                               std::string path,
                               std::function<void()> may_have_changed)
    : impl_(std::make_shared<Impl>(io, std::move(path), std::move(may_have_changed))) {}
DirectoryWatch::~DirectoryWatch() { impl_->close(); }
void DirectoryWatch::ensure() { impl_->ensure(); }

}  // namespace watcher::file
