#include "tests/watcher/conformance/file_rig.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "watcher/file/source.h"

namespace watcher::conformance {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr const char* kAddress = "10.0.0.1";
constexpr uid_t kNobody = 65534;
constexpr int kManyLooks = 20;  // Fewer than a slow writer is waited for.
constexpr std::chrono::milliseconds kLook{1};

}  // namespace

FileRig::FileRig() {
  std::string name = ::testing::TempDir() + "conformance.XXXXXX";
  directory_ = mkdtemp(name.data());
  fs::permissions(directory_, fs::perms(0755));
  watched_ = directory_ + "/watched";
  real_ = directory_ + "/real";
  fs::create_directory(watched_);
  fs::create_directory(real_);
  link();
  source_ = make_file_source(
      io_, {path(), kMaxBytes}, [this](const Batch& batch) { take(batch); }, kLook);
}

FileRig::~FileRig() {
  set_readable(true);
  source_.reset();
  fs::remove_all(directory_);
}

std::string FileRig::start_task() {
  const std::string id = fmt::format("web{}@{}", ++last_, kAddress);
  running_.insert(id);
  return id;
}
void FileRig::end_task(const std::string& id) { running_.erase(id); }

void FileRig::tell() {
  lose_records();
  link();
}
void FileRig::lose_records() {
  if (server_ == Server::Well) write(text());
}

void FileRig::set_server(Server server) {
  set_readable(true);
  server_ = server;
  switch (server) {
    case Server::Well:
      write(text());
      break;
    case Server::Down:
      fs::remove(real_ + "/services.yaml");
      break;
    case Server::Mute:  // Nobody writes into it.
      fs::remove(real_ + "/services.yaml");
      ASSERT_EQ(mkfifo((real_ + "/services.yaml").c_str(), 0644), 0);
      break;
    case Server::Refusing:
      write(text());
      set_readable(false);
      break;
    case Server::Foreign:
      write("<html>\n<body>\n</html>\n");
      break;
  }
}

/// The superuser may read everything, so for that time we are somebody else.
void FileRig::set_readable(bool readable) {
  const bool super = getuid() == 0;
  if (super && readable) {
    ASSERT_EQ(seteuid(0), 0);
  }
  const std::string file = real_ + "/services.yaml";
  if (fs::is_regular_file(file)) fs::permissions(file, fs::perms(readable ? 0644 : 0));
  if (super && !readable) {
    ASSERT_EQ(seteuid(kNobody), 0);
  }
}

void FileRig::settle() {
  await_verdict();
  await([this] { return shown() == running_ && status().last_error.empty(); });
}

void FileRig::outlast(std::chrono::nanoseconds) {
  start();
  await([this] { return !status().last_error.empty(); });
  await_looks();
}

std::string FileRig::line(const std::string& id, const std::string& address) {
  return fmt::format("  {}: {{endpoints: {}}}\n", id.substr(0, id.find('@')), address);
}
std::string FileRig::text() const {
  std::string text = running_.empty() ? "services: {}\n" : "services:\n";
  for (const std::string& id : running_) text += line(id, kAddress);
  return text;
}

void FileRig::write(const std::string& text) {
  std::ofstream(real_ + "/draft") << text;
  fs::rename(real_ + "/draft", real_ + "/services.yaml");
  resyncs_ = status().resyncs;
  is_read_ = false;
}

void FileRig::link() {
  fs::create_symlink("../real/services.yaml", watched_ + "/draft");
  fs::rename(watched_ + "/draft", path());
}

void FileRig::start() {
  if (!std::exchange(started_, true)) source_->start();
}

void FileRig::await(const std::function<bool()>& done) {
  start();
  const auto limit = std::chrono::steady_clock::now() + 20s;
  while (!done()) {
    io_.restart();
    io_.run_one_for(5ms);
    ASSERT_LT(std::chrono::steady_clock::now(), limit) << "what was awaited never came";
  }
}

void FileRig::await_verdict() {
  if (std::exchange(is_read_, true)) return;
  await([this] { return status().resyncs > resyncs_ || !status().last_error.empty(); });
}

void FileRig::await_looks() {
  int looks = 0;
  boost::asio::steady_timer timer(io_);
  std::function<void(boost::system::error_code)> look = [&](boost::system::error_code error) {
    if (error) return;
    ++looks;
    timer.expires_after(kLook);
    timer.async_wait(look);
  };
  look({});
  await([&] { return looks > kManyLooks; });
  timer.cancel();
  io_.restart();
  io_.poll();
}

void FileRig::take(const Batch& batch) {
  ++batches_;
  const std::set<std::string> down = shown_.apply(batch.updates);
  std::set_intersection(
      down.begin(), down.end(), running_.begin(), running_.end(), std::back_inserter(dropped_));
}

}  // namespace watcher::conformance
