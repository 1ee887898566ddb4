#include "watcher/file/read.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "common/unique_fd.h"

namespace watcher::file {
namespace {

using common::ErrorCode;
using common::fail;

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

/// Up to `most` bytes.
common::Expected<std::string> read_bytes(int fd, std::size_t most, std::size_t expected) {
  std::string bytes;
  while (bytes.size() < most) {
    const std::size_t had = bytes.size();
    bytes.resize(std::min(most, std::max(expected + 1, had + 65536)));
    const ssize_t got = ::read(fd, bytes.data() + had, bytes.size() - had);
    if (got < 0 && errno != EINTR) return common::fail_errno("cannot read", errno);
    bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
  }
  return bytes;
}

}  // namespace

Stamp Stamp::of(const struct stat& about) {
  return {.device = about.st_dev,
          .inode = about.st_ino,
          .size = about.st_size,
          .modified_ns = nanoseconds(about.st_mtim),
          .changed_ns = nanoseconds(about.st_ctim)};
}

Stamp Stamp::at(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? of(about) : Stamp{};
}

common::Expected<Reading> read(const std::string& path, std::uint64_t max_bytes) {
  // Not to wait for whoever writes into what turns out to be a pipe.
  const common::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd) return common::fail_errno("cannot open", errno);
  struct stat before {};
  if (::fstat(fd.get(), &before) != 0) return common::fail_errno("cannot look at", errno);
  if (!S_ISREG(before.st_mode)) return fail(ErrorCode::InvalidInput, "no regular file");

  const auto limit = static_cast<std::size_t>(max_bytes);
  auto text = read_bytes(fd.get(), limit + 1, static_cast<std::size_t>(before.st_size));
  if (!text) return tl::unexpected(text.error());
  if (text->size() > limit) return fail(ErrorCode::InvalidInput, "larger than file.max_bytes");

  struct stat after {};
  if (::fstat(fd.get(), &after) != 0) return common::fail_errno("cannot look at", errno);
  if (Stamp::of(after) != Stamp::of(before)) {
    return fail(ErrorCode::Conflict, "is being written to");
  }
  return Reading{std::move(*text), Stamp::of(after)};
}

}  // namespace watcher::file
