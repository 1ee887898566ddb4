#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/watcher/conformance/stage.h"
#include "tests/watcher/support/shown.h"

namespace watcher::conformance {

/// A cluster that somebody writes into a file, each task a service of one endpoint, and the source
/// that follows the file. In real time and on a real disk: it waits for what is to be seen, and
/// fails the test when that does not come.
class FileRig final : public Stage {
 public:
  static constexpr std::uint64_t kMaxBytes = 1 << 20;

  FileRig();
  ~FileRig() override;

  std::string start_task() override;
  void end_task(const std::string& id) override;
  std::set<std::string> running() const override { return running_; }
  void tell() override;          // Also in the directory that is watched.
  void lose_records() override;  // Only in another, to which a link leads.
  void set_server(Server server) override;
  void settle() override;
  void repair() override { settle(); }
  void outlast(std::chrono::nanoseconds) override;

  std::set<std::string> shown() const override { return shown_.running(); }
  SourceStatus status() const override { return source_->status(); }
  int batches() const override { return batches_; }
  const std::vector<std::string>& dropped() const override { return dropped_; }

  static std::string line(const std::string& id, const std::string& address);  // Of one task.
  std::string text() const;             // What the file should hold now.
  void write(const std::string& text);  // A new file in the place of the old.
  std::string path() const { return watched_ + "/services.yaml"; }  // What is followed.
  const Shown& tasks() const { return shown_; }

  void await(const std::function<bool()>& done);
  /// Until what was written has been read, whatever came of it.
  void await_verdict();
  void await_looks();  // Until the source has had time for many of them.

 private:
  void start();
  void take(const Batch& batch);
  void link();
  void set_readable(bool readable);

  boost::asio::io_context io_;
  std::string directory_;
  std::string watched_;  // Holds the link.
  std::string real_;     // Where that leads.
  Server server_ = Server::Well;
  std::unique_ptr<Source> source_;
  bool started_ = false;
  std::uint64_t resyncs_ = 0;  // When it was written last.
  bool is_read_ = true;        // What was written last.

  int last_ = 0;
  std::set<std::string> running_;
  Shown shown_;
  int batches_ = 0;
  std::vector<std::string> dropped_;
};

}  // namespace watcher::conformance
