#pragma once

#include <sys/stat.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/event.h"
#include "common/published.h"
#include "common/result.h"

namespace common {

/// Keeps values as new as the files they are made of: a thread of its own looks at these once a
/// second. A new file that is bad leaves the old value, and an error in the log.
class FileWatch {
 public:
  /// who  of the log's lines and of the thread, e.g. "dns"
  explicit FileWatch(std::string who) : who_(std::move(who)) {}
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  template <class T>
  using Value = std::unique_ptr<Published<T>>;
  template <class T>
  using Read = std::function<Expected<std::shared_ptr<const T>>()>;

  /// What `read` makes of the files, now and whenever any of them is another. Before start(); the
  /// value outlives this.
  ///
  /// what   for the log, e.g. "certificate"
  /// files  with empty names among them, which are no files
  template <class T>
  Expected<Value<T>> add(std::string what, std::vector<std::string> files, Read<T> read) {
    Watched watched{.what = std::move(what), .files = std::move(files)};
    watched.version = look(watched.files);  // First: a change is then seen later.
    auto first = read();
    if (!first) return tl::unexpected(first.error());
    auto value = std::make_unique<Published<T>>(std::move(*first));
    watched.renew = [&published = *value, read]() -> Expected<void> {
      auto next = read();
      if (!next) return tl::unexpected(next.error());
      published.publish(std::move(*next));
      return {};
    };
    watched_.push_back(std::move(watched));
    return value;
  }

  /// Begins to look, unless there are no files.
  Expected<void> start();

 private:
  /// What tells one version of a file from another.
  struct Stamp {
    timespec changed{};  // With who may read it.
    ino_t file = 0;      // A link may lead to another file with the same time.
    off_t size = 0;

    friend bool operator==(const Stamp& a, const Stamp& b) {
      return a.changed.tv_sec == b.changed.tv_sec && a.changed.tv_nsec == b.changed.tv_nsec &&
             a.file == b.file && a.size == b.size;
    }
  };
  struct Watched {
    std::string what;
    std::vector<std::string> files;
    std::vector<Stamp> version{};
    std::function<Expected<void>()> renew{};
  };

  static std::vector<Stamp> look(const std::vector<std::string>& files);
  void tick(short what);
  void look_at(Watched& watched);

  const std::string who_;
  std::vector<Watched> watched_;
  std::unique_ptr<EventLoop> loop_;
  EventPtr timer_;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace common
