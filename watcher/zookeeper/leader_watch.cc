#include "watcher/zookeeper/leader_watch.h"

#include <fmt/core.h>
#include <zookeeper/zookeeper.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/log.h"

namespace watcher::zookeeper {
namespace {

using namespace std::chrono_literals;
using common::ErrorCode;
using common::Expected;
using common::fail;

constexpr int kSessionTimeoutMs = 10'000;
constexpr auto kPatience = 15s;  // Without a connection, until that is told.
constexpr auto kPause = 2s;      // Before a new session after one that ended.

/// The client's own lines are many; what matters is told through Told.
void log_line(const char* line) { common::log::debug("zookeeper: {}", line); }

Expected<http::Url> cannot_ask(const Ensemble& ensemble, std::string_view why) {
  return fail(ErrorCode::Unavailable,
              fmt::format("ZooKeeper at {} cannot be asked: {}", ensemble.hosts, why));
}

bool is_same(const Expected<http::Url>& a, const Expected<http::Url>& b) {
  if (a && b) return a->authority() == b->authority();
  return !a && !b && a.error().code == b.error().code && a.error().message == b.error().message;
}

}  // namespace

class LeaderWatch::Impl {
 public:
  Impl(boost::asio::io_context& io, Ensemble ensemble, Told told)
      : io_(io),
        ensemble_(std::move(ensemble)),
        told_(std::make_shared<Told>(std::move(told))),
        thread_([this] { run(); }) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  enum class Wake { Event, Silence, Stop };

  void run() {
    while (!is_stopping()) {
      follow_session();
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, kPause, [this] { return stopping_; });
    }
  }

  /// From a session's beginning to its expiry.
  void follow_session() {
    happened_ = false;
    zhandle_t* const handle = zookeeper_init2(
        ensemble_.hosts.c_str(), on_event, kSessionTimeoutMs, nullptr, this, 0, log_line);
    if (handle == nullptr) return tell(cannot_ask(ensemble_, std::strerror(errno)));
    if (!ensemble_.credentials.empty()) authenticate(handle);
    for (Wake wake = wait(); wake != Wake::Stop; wake = wait()) {
      const int state = zoo_state(handle);
      if (state == ZOO_EXPIRED_SESSION_STATE) break;
      if (state == ZOO_AUTH_FAILED_STATE) {
        tell(cannot_ask(ensemble_, "it refuses the user and secret in mesos.masters"));
        break;
      }
      if (state == ZOO_CONNECTED_STATE) {
        tell(look(handle));
      } else if (wake == Wake::Silence) {
        tell(cannot_ask(ensemble_, "none of the hosts answers"));
      }
    }
    zookeeper_close(handle);
  }

  void authenticate(zhandle_t* handle) {
    zoo_add_auth(handle,
                 "digest",
                 ensemble_.credentials.data(),
                 static_cast<int>(ensemble_.credentials.size()),
                 nullptr,
                 nullptr);
  }

  /// Who leads; leaves a watch that wakes us when that may have changed.
  Expected<http::Url> look(zhandle_t* handle) {
    String_vector found{};
    const int listed = zoo_wget_children(handle, ensemble_.path.c_str(), on_event, this, &found);
    if (listed == ZNONODE) return await_path(handle);
    if (listed != ZOK) return cannot_ask(ensemble_, zerror(listed));
    const std::vector<std::string> children(found.data, found.data + found.count);
    deallocate_String_vector(&found);
    const std::string_view leader = leader_of(children);
    if (leader.empty()) return nobody_leads();
    return read_master(handle, ensemble_.path + "/" + std::string(leader));
  }

  Expected<http::Url> await_path(zhandle_t* handle) {
    Stat stat{};
    const int exists = zoo_wexists(handle, ensemble_.path.c_str(), on_event, this, &stat);
    if (exists == ZOK) notice();  // It came between the two questions.
    return nobody_leads();
  }

  Expected<http::Url> read_master(zhandle_t* handle, const std::string& node) {
    std::array<char, 65536> data{};
    int size = static_cast<int>(data.size());
    const int read = zoo_get(handle, node.c_str(), 0, data.data(), &size, nullptr);
    if (read == ZNONODE) return nobody_leads();  // It left just now, and the watch will tell.
    if (read != ZOK) return cannot_ask(ensemble_, zerror(read));
    const auto length = static_cast<std::size_t>(std::max(size, 0));
    return parse_master(std::string_view(data.data(), length)).map_error([&](auto error) {
      return common::Error{ErrorCode::Unavailable, node + ": " + error.message};
    });
  }

  Expected<http::Url> nobody_leads() const {
    return fail(
        ErrorCode::NotFound,
        fmt::format(
            "no master leads: {} in ZooKeeper at {} lists none", ensemble_.path, ensemble_.hosts));
  }

  void tell(Expected<http::Url> leader) {
    if (last_ && is_same(*last_, leader)) return;
    last_ = leader;
    boost::asio::post(io_, [told = std::weak_ptr<Told>(told_), leader = std::move(leader)] {
      if (const auto alive = told.lock()) (*alive)(leader);
    });
  }

  /// On a thread of the client.
  static void on_event(zhandle_t*, int, int, const char*, void* self) {
    static_cast<Impl*>(self)->notice();
  }

  void notice() {
    {
      const std::lock_guard lock(mutex_);
      happened_ = true;
    }
    wake_.notify_all();
  }

  Wake wait() {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kPatience, [this] { return happened_ || stopping_; });
    if (stopping_) return Wake::Stop;
    return std::exchange(happened_, false) ? Wake::Event : Wake::Silence;
  }

  bool is_stopping() {
    const std::lock_guard lock(mutex_);
    return stopping_;
  }

  boost::asio::io_context& io_;
  Ensemble ensemble_;
  std::shared_ptr<Told> told_;
  std::optional<Expected<http::Url>> last_;  // The watch's own thread only.
  std::mutex mutex_;
  std::condition_variable wake_;
  bool happened_ = false;
  bool stopping_ = false;
  std::thread thread_;  // Starts last.
};

LeaderWatch::LeaderWatch(boost::asio::io_context& io, Ensemble ensemble, Told told)
    : impl_(std::make_unique<Impl>(io, std::move(ensemble), std::move(told))) {}
LeaderWatch::~LeaderWatch() = default;

}  // namespace watcher::zookeeper
