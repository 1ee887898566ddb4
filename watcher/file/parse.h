#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "watcher/task.h"

namespace watcher::file {

inline constexpr std::string_view kSource = "file";

/// Something in the file that its author has to mend.
struct Complaint {
  int line = 0;
  std::string text;  // What is wrong, and what to write instead.

  std::string to_string() const;  // "line 12: ..."
};

/// One entry of `services:`.
struct Service {
  std::string name;
  bool valid = true;        // False: there is a complaint about it, and it has no tasks here.
  std::vector<Task> tasks;  // One per endpoint.
};

struct Content {
  std::vector<Service> services;      // In the file's order, no two of one name.
  std::vector<Complaint> complaints;  // The first kMaxComplaints, in the file's order.
  std::size_t complaint_count = 0;    // All of them.

  static constexpr std::size_t kMaxComplaints = 100;
};

/// Reads a file of services, YAML or JSON. The format: docs/file-source.md. Pure.
///
/// One wrong service never costs another. Errors: InvalidInput, with the line, when the text as a
/// whole says nothing: it is no YAML, has no `services:`, or asks for more tasks than kMaxTasks.
common::Expected<Content> parse(std::string_view text);

/// Aliases let a small file ask for a lot.
inline constexpr std::size_t kMaxTasks = 1'000'000;
inline constexpr std::size_t kMaxPorts = 100;   // Per service.
inline constexpr std::size_t kMaxLabels = 100;  // Per service, and per port.

}  // namespace watcher::file
