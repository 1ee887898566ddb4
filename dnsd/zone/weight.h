#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "watcher/task.h"

namespace dnsd {

class Contribution;

/// The weight of the SRV records of a port, or of what the task holds without describing it: what
/// SIGNPOST_WEIGHT says, 65535 where that is more. Without a label 1, as Mesos-DNS has it.
std::uint16_t srv_weight(const watcher::Task& task, std::optional<std::size_t> port);

/// Does a port take nothing new: is its weight 0, or does the operator drain it?
bool drains(const watcher::Task& task, std::optional<std::size_t> port);
/// Do all its ports; without ports, its app?
bool drains(const watcher::Task& task);

/// Adds a Problem when the label of the app is no weight.
void report_weight(const watcher::Task& task, Contribution& out);

}  // namespace dnsd
