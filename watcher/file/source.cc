#include "watcher/file/source.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <set>
#include <utility>

#include "common/log.h"
#include "watcher/file/directory_watch.h"
#include "watcher/file/inventory.h"
#include "watcher/file/parse.h"
#include "watcher/file/read.h"

namespace watcher {
namespace {

namespace asio = boost::asio;
namespace log = common::log;
using file::Content;
using file::Stamp;
using std::chrono::steady_clock;

/// Looks for which whoever writes into the file is waited for, from the last byte on.
constexpr int kPatience = 30;

/// What one look into the file gave.
struct Result {
  common::Expected<Content> content;
  Stamp stamp;  // Of what was read; as it was asked for when nothing could be read.
};

/// Runs on the reading thread.
Result load(const std::string& path, std::uint64_t max_bytes, const Stamp& asked) {
  auto reading = file::read(path, max_bytes);
  if (!reading) return {tl::unexpected(std::move(reading.error())), asked};
  return {file::parse(reading->text), reading->stamp};
}

class FileSource final : public Source {
 public:
  FileSource(asio::io_context& io,
             const config::File& options,
             BatchSink sink,
             std::chrono::milliseconds look)
      : io_(io),
        options_(options),
        sink_(std::move(sink)),
        look_interval_(look),
        timer_(io),
        watch_(io, options.path, [this](file::Sign sign) { told(sign); }) {
    status_.name = file::kSource;
  }
  ~FileSource() override { *alive_ = false; }

  void start() override {
    asio::post(io_, [this, alive = alive_] {
      if (!*alive) return;
      watch_.ensure();
      read(Stamp::at(options_.path));
      look_forever();
    });
  }

  SourceStatus status() const override { return status_; }

 private:
  void look_forever() {
    timer_.expires_after(look_interval_);
    timer_.async_wait([this](boost::system::error_code error) {
      if (error) return;
      watch_.ensure();
      look();
      look_forever();
    });
  }

  /// Without having been told. What changed since the last look may still be being written.
  void look() {
    if (patience_ > 0) {
      --patience_;
      return;
    }
    const Stamp now = Stamp::at(options_.path);
    if (std::exchange(seen_, now) == now && now != read_) read(now);
  }

  void told(file::Sign sign) {
    patience_ = sign == file::Sign::Written ? kPatience : 0;
    if (sign == file::Sign::Changed) look_at_once();
  }

  void look_at_once() {
    seen_ = Stamp::at(options_.path);
    if (seen_ != read_) read(seen_);
  }

  void read(const Stamp& stamp) {
    if (reading_) return;  // What changes meanwhile is looked at afterwards.
    reading_ = true;
    asio::post(reader_, [this, stamp, heard = steady_clock::now(), alive = alive_] {
      // Neither is touched here: `options_` never changes, and the destructor waits for us.
      auto result = std::make_shared<Result>(load(options_.path, options_.max_bytes, stamp));
      asio::post(io_, [this, result, heard, alive] {
        if (*alive) take(std::move(*result), heard);
      });
    });
  }

  void take(Result result, steady_clock::time_point heard) {
    reading_ = false;
    if (result.content) {
      read_ = result.stamp;
      deliver(std::move(*result.content), heard);
    } else {
      refuse(result);
    }
    if (result.content && patience_ == 0) look_at_once();
  }

  void deliver(Content content, steady_clock::time_point heard) {
    report(content);
    inventory_.take(std::move(content));
    status_.connected = true;
    status_.synced = true;
    status_.last_heard = status_.last_sync = steady_clock::now();
    ++status_.events;
    ++status_.resyncs;
    auto tasks = inventory_.tasks();
    log::info("source={} path=\"{}\" tasks={} read", status_.name, options_.path, tasks.size());
    sink_({{Reset{std::string(file::kSource), std::move(tasks)}}, heard});
  }

  /// What is wrong with single services, each once for as long as it stays wrong.
  void report(const Content& content) {
    status_.rejected += content.complaint_count;
    std::set<std::string> now;
    for (const file::Complaint& complaint : content.complaints) {
      if (!complaints_.contains(complaint.text)) {
        log::warn("source={} path=\"{}\" {}", status_.name, options_.path, complaint.to_string());
      }
      now.insert(complaint.text);
    }
    complaints_ = std::move(now);
    status_.last_error.clear();
    if (content.complaint_count == 0) return;
    status_.last_error = content.complaints.front().to_string();
    if (content.complaint_count > 1) {
      status_.last_error += " (and " + std::to_string(content.complaint_count - 1) + " more)";
    }
  }

  /// What stood stands.
  void refuse(const Result& result) {
    const common::Error& error = result.content.error();
    status_.connected = false;
    if (error.code == common::ErrorCode::InvalidInput) read_ = result.stamp;
    std::string text = "file.path " + options_.path + ": " + error.message;
    if (status_.last_error != text) log::warn("source={} error=\"{}\"", status_.name, text);
    status_.last_error = std::move(text);
  }

  asio::io_context& io_;
  const config::File options_;
  BatchSink sink_;
  const std::chrono::milliseconds look_interval_;
  asio::steady_timer timer_;
  file::DirectoryWatch watch_;
  file::Inventory inventory_;
  SourceStatus status_;
  std::set<std::string> complaints_;  // Of the content that was read last.
  Stamp seen_;                        // When it was last looked at.
  Stamp read_;                        // Of what was read, or needs no second reading.
  bool reading_ = false;
  int patience_ = 0;  // Looks to leave out: somebody is writing.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  asio::thread_pool reader_{1};  // Goes first, and waits for what it is at.
};

}  // namespace

std::unique_ptr<Source> make_file_source(asio::io_context& io,
                                         const config::File& options,
                                         BatchSink sink,
                                         std::chrono::milliseconds look) {
  return std::make_unique<FileSource>(io, options, std::move(sink), look);
}

}  // namespace watcher
