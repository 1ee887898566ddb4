#include "watcher/saved/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>
#include <utility>

#include "common/unique_fd.h"
#include "watcher/saved/codec.h"

namespace watcher::saved {
namespace {

using common::Expected;
using common::UniqueFd;

constexpr std::size_t kBuffer = 1 << 16;

/// Collects lines and writes them in large pieces; after a failure it does nothing more.
class Writer {
 public:
  explicit Writer(int fd) : fd_(fd) {}

  void put(std::string_view line) {
    buffer_ += line;
    if (buffer_.size() >= kBuffer) flush();
  }
  /// The errno of the first failure, 0 when all is on disk.
  int finish() {
    flush();
    if (error_ == 0 && fsync(fd_) != 0) error_ = errno;
    return error_;
  }

 private:
  void flush() {
    std::string_view rest = buffer_;
    while (error_ == 0 && !rest.empty()) {
      const ssize_t written = write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) error_ = errno;
      if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
  }

  int fd_;
  std::string buffer_;
  int error_ = 0;
};

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Makes the rename itself last.
void sync_directory(const std::string& path) {
  const UniqueFd directory(open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory) fsync(directory.get());
}

Expected<std::optional<std::string>> read_file(const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::optional<std::string>();
  if (!file) return common::fail_errno("cannot read " + path, errno);
  std::string text;
  std::string piece(kBuffer, '\0');
  for (;;) {
    const ssize_t size = read(file.get(), piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return common::fail_errno("cannot read " + path, errno);
    if (size == 0) return std::optional(std::move(text));
    text.append(piece, 0, static_cast<std::size_t>(size));
  }
}

}  // namespace

Expected<std::optional<State>> load(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return tl::unexpected(text.error());
  if (!*text) return std::optional<State>();
  auto state = decode(**text);
  if (state) return std::optional(std::move(*state));
  const std::string aside = path + ".damaged";
  const bool moved = std::rename(path.c_str(), aside.c_str()) == 0;
  return common::fail(state.error().code,
                      path + " cannot be used: " + state.error().message +
                          (moved ? "; it is set aside as " + aside : ""));
}

Expected<void> save(const std::string& path,
                    const Snapshot& snapshot,
                    const std::vector<std::string>& sources) {
  const std::string draft = path + ".new";
  const UniqueFd file(open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return common::fail_errno("cannot write " + draft, errno);
  Writer writer(file.get());
  encode(snapshot, sources, [&](std::string_view line) { writer.put(line); });
  if (const int error = writer.finish(); error != 0) {
    unlink(draft.c_str());
    return common::fail_errno("cannot write " + draft, error);
  }
  if (std::rename(draft.c_str(), path.c_str()) != 0) {
    return common::fail_errno("cannot rename " + draft + " to " + path, errno);
  }
  sync_directory(path);
  return {};
}

}  // namespace watcher::saved
