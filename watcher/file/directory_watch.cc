#include "watcher/file/directory_watch.h"

#include <sys/inotify.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "common/log.h"

namespace watcher::file {
namespace {

namespace asio = boost::asio;

/// Written in place by its own name, or moved in under any: a link that leads to the file may be
/// one of its directory's others.
constexpr std::uint32_t kEvents = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE |
                                  IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

class DirectoryWatch::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, std::string path, std::function<void(Sign)> tell)
      : directory_(std::filesystem::path(path).parent_path()),
        name_(std::filesystem::path(path).filename()),
        tell_(std::move(tell)),
        inotify_(io) {
    if (directory_.empty()) directory_ = ".";
  }

  void ensure() {
    if (!inotify_.is_open() && !open()) return;
    // For a directory that is watched already this gives the watch there is.
    watch_ = ::inotify_add_watch(inotify_.native_handle(), directory_.c_str(), kEvents);
  }

  void close() {
    tell_ = nullptr;
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
                          if (!error && self->tell_) self->take_events();
                        });
  }

  void take_events() {
    alignas(inotify_event) std::array<char, 16384> bytes;
    std::optional<Sign> sign;  // The last: who wrote and is done is done.
    ssize_t size = 0;
    while ((size = ::read(inotify_.native_handle(), bytes.data(), bytes.size())) > 0) {
      for (ssize_t at = 0; at < size;) {
        inotify_event event{};
        std::memcpy(&event, bytes.data() + at, sizeof event);
        const char* name = event.len > 0 ? bytes.data() + at + sizeof event : "";
        if (const auto read = take(event, name)) sign = read;
        at += static_cast<ssize_t>(sizeof event + event.len);
      }
    }
    wait();
    if (sign) tell_(*sign);
  }

  std::optional<Sign> take(const inotify_event& event, const char* name) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) return Sign::Changed;
    // Moved away, the directory would still be watched, under a path that is another's by now.
    if ((event.mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(inotify_.native_handle(), watch_);
    if ((event.mask & IN_MOVED_TO) == 0 && name_ != name) return std::nullopt;
    return (event.mask & IN_MODIFY) != 0 ? Sign::Written : Sign::Changed;
  }

  std::string directory_;
  std::string name_;
  std::function<void(Sign)> tell_;  // Null once closed.
  asio::posix::stream_descriptor inotify_;
  int watch_ = -1;
  bool reported_ = false;
};

DirectoryWatch::DirectoryWatch(asio::io_context& io,
                               std::string path,
                               std::function<void(Sign)> tell)
    : impl_(std::make_shared<Impl>(io, std::move(path), std::move(tell))) {}
DirectoryWatch::~DirectoryWatch() { impl_->close(); }
void DirectoryWatch::ensure() { impl_->ensure(); }

}  // namespace watcher::file
