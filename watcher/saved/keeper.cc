#include "watcher/saved/keeper.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "common/log.h"
#include "watcher/saved/file.h"

namespace watcher::saved {

class Keeper::Impl {
 public:
  Impl(config::State options,
       std::vector<std::string> sources,
       const common::Published<Snapshot>& catalog)
      : options_(std::move(options)),
        sources_(std::move(sources)),
        catalog_(catalog),
        thread_([this] { run(); }) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  void describe(common::MetricsPage& page) const {
    page.counter("signpost_state_writes_total",
                 "Times the state was written to disk.",
                 static_cast<double>(writes_));
    page.counter("signpost_state_write_errors_total",
                 "Times it could not be written.",
                 static_cast<double>(errors_));
    page.gauge("signpost_state_saved_generation",
               "Generation of the state on disk.",
               static_cast<double>(saved_));
  }

 private:
  void run() {
    while (!wait()) keep();
    keep();
  }

  /// True when it is time to end.
  bool wait() {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, options_.interval, [this] { return stopping_; });
  }

  /// A state that is itself restored is on disk already.
  void keep() {
    const auto snapshot = catalog_.current();
    if (!snapshot->synced || snapshot->restored || snapshot->generation == saved_) return;
    const auto saved = save(options_.path, *snapshot, sources_);
    if (saved) {
      ++writes_;
      saved_ = snapshot->generation;
      last_error_.clear();
      return;
    }
    ++errors_;
    if (saved.error().message == last_error_) return;
    last_error_ = saved.error().message;
    common::log::error("state not saved: {}; option=state.path", last_error_);
  }

  config::State options_;
  std::vector<std::string> sources_;
  const common::Published<Snapshot>& catalog_;
  std::string last_error_;  // The thread's own.
  std::atomic<std::uint64_t> writes_{0};
  std::atomic<std::uint64_t> errors_{0};
  std::atomic<std::uint64_t> saved_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;  // Starts last.
};

Keeper::Keeper(config::State options,
               std::vector<std::string> sources,
               const common::Published<Snapshot>& catalog)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(sources), catalog)) {}
Keeper::~Keeper() = default;
void Keeper::describe(common::MetricsPage& page) const { impl_->describe(page); }

}  // namespace watcher::saved
