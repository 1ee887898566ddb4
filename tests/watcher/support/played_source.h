#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "tests/http/loop.h"
#include "watcher/source.h"

namespace watcher {

/// A whole source over loopback sockets, and the tasks that it shows. Who plays its orchestrator is
/// the test's.
class PlayedSource : public ::testing::Test {
 protected:
  void start(std::unique_ptr<Source> source) {
    source_ = std::move(source);
    source_->start();
  }
  /// What to make the source with.
  BatchSink sink() {
    return [this](Batch batch) {
      for (Update& update : batch.updates) take(update);
    };
  }

  void run_until(const std::function<bool()>& done) { http::run_until(io_, done); }
  void await_state(const std::string& id, TaskState state) {
    run_until([&] { return shown_.contains(id) && shown_[id].state == state; });
  }

  boost::asio::io_context io_;
  std::unique_ptr<Source> source_;
  std::map<std::string, Task> shown_;
  int resets_ = 0;

 private:
  void take(Update& update) {
    if (auto* reset = std::get_if<Reset>(&update)) {
      ++resets_;
      shown_.clear();
      for (Task& task : reset->tasks) shown_[task.key.id] = std::move(task);
    } else if (auto* upsert = std::get_if<Upsert>(&update)) {
      shown_[upsert->task.key.id] = std::move(upsert->task);
    } else if (auto* remove = std::get_if<Remove>(&update)) {
      shown_.erase(remove->key.id);
    }
  }
};

}  // namespace watcher
