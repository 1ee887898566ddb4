#include "common/file_watch.h"

#include <event2/event.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>

#include "common/log.h"

namespace common {
namespace {

constexpr std::chrono::milliseconds kInterval{1000};

}  // namespace

FileWatch::~FileWatch() {
  if (!thread_.joinable()) return;
  loop_->stop();
  thread_.join();
}

Expected<void> FileWatch::start() {
  std::erase_if(watched_, [](const Watched& watched) { return watched.version.empty(); });
  if (watched_.empty()) return {};
  auto loop = EventLoop::create();
  if (!loop) return tl::unexpected(loop.error());
  loop_ = std::move(*loop);
  timer_ = loop_->watch<&FileWatch::tick>(-1, EV_PERSIST, *this);
  arm(timer_, kInterval);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), (who_ + "-files").c_str());
    loop_->run();
  });
  return {};
}

std::vector<FileWatch::Stamp> FileWatch::look(const std::vector<std::string>& files) {
  std::vector<Stamp> stamps;
  for (const std::string& file : files) {
    if (file.empty()) continue;
    struct stat found {};
    stat(file.c_str(), &found);
    stamps.push_back({found.st_ctim, found.st_ino, found.st_size});
  }
  return stamps;
}

void FileWatch::tick(short /*what*/) {
  for (Watched& watched : watched_) look_at(watched);
}

/// Files that are being written are bad for a moment; when they are whole they have changed again.
void FileWatch::look_at(Watched& watched) {
  std::vector<Stamp> version = look(watched.files);
  if (version == watched.version) return;
  watched.version = std::move(version);
  const auto renewed = watched.renew();
  if (!renewed) {
    return log::error("{} keeps its old {}: {}", who_, watched.what, renewed.error().message);
  }
  log::info("{} {} read again", who_, watched.what);
}

}  // namespace common
