#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

#include "common/result.h"

namespace watcher::file {

/// What tells one version of a file from another without reading it.
struct Stamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = -1;  // -1: there is no file.
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;

  static Stamp of(const struct stat& about);
  /// Of what stands at the path now, through symbolic links.
  static Stamp at(const std::string& path);

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

struct Reading {
  std::string text;
  Stamp stamp;
};

/// Reads a whole regular file. Blocks.
/// Errors: those of the system; InvalidInput when it is larger than `max_bytes` or no file;
/// Conflict when it was written to meanwhile.
common::Expected<Reading> read(const std::string& path, std::uint64_t max_bytes);

}  // namespace watcher::file
