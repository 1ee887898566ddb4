#pragma once

#include <termios.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "common/unique_fd.h"

namespace signpost {

/// The terminal as a screen of our own, until this dies: then it is as it was. Keys come unechoed,
/// and so does Ctrl-C. Signals that end a process end waiting instead.
class Terminal {
 public:
  /// Whether standard input and output are one.
  static bool is_there();

  Terminal();
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  struct Size {
    std::size_t columns = 80;
    std::size_t rows = 24;
  };
  Size size() const;
  void show(const std::vector<std::string>& lines);

  enum class Event { Time, Resized, Quit };
  /// Until then, a key that ends us, or a signal.
  Event wait_until(std::chrono::steady_clock::time_point then);

 private:
  bool is_end_typed();
  Event read_signal();

  common::UniqueFd signals_;
  sigset_t signals_before_{};
  termios before_{};
};

}  // namespace signpost
