#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "common/unique_fd.h"

namespace vipd {

/// A pipe through which the kernel passes bytes from one socket to another.
class Pipe {
 public:
  /// Null when the kernel gives no more descriptors.
  static std::unique_ptr<Pipe> create();

  bool empty() const { return held_ == 0; }
  /// As recv() and send(): the bytes moved, or -1 and errno. Precondition: it is empty; it isn't.
  /// The thread must not take SIGPIPE: splice() knows no MSG_NOSIGNAL.
  ssize_t fill_from(int socket);
  ssize_t empty_to(int socket);
  void drain(std::vector<std::byte>& to);  // Appends what it holds.

 private:
  Pipe(common::UniqueFd in, common::UniqueFd out);

  common::UniqueFd in_;
  common::UniqueFd out_;
  std::size_t capacity_;
  std::size_t held_ = 0;
};

/// Lends pipes to sessions. One per worker; outlives what it lends.
class Pipes {
 public:
  /// Beyond so many, sessions copy. The kernel lets a user without privileges have 64 MiB in pipes
  /// of full size, for all workers together; those made afterwards are small.
  static constexpr std::size_t kMost = 32;

  /// Takes a pipe back when its holder lets go of it.
  struct Return {
    Pipes* pipes = nullptr;
    void operator()(Pipe* pipe) const { pipes->take_back(std::unique_ptr<Pipe>(pipe)); }
  };
  using Lent = std::unique_ptr<Pipe, Return>;

  Lent take();  // An empty one; null when there is none to be had.
  /// Closes those that nobody holds: two descriptors each, for when these run out. True if there
  /// were any.
  bool close_spare() { return !std::exchange(spare_, {}).empty(); }

 private:
  void take_back(std::unique_ptr<Pipe> pipe);

  std::vector<std::unique_ptr<Pipe>> spare_;
  std::size_t lent_ = 0;
};

}  // namespace vipd
