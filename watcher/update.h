#pragma once

#include <string>
#include <variant>
#include <vector>

#include "watcher/catalog/drains.h"
#include "watcher/member.h"
#include "watcher/task.h"
#include "watcher/vips/vip.h"

namespace watcher {

/// Everything the source knows; tasks of that source that are absent are gone.
struct Reset {
  std::string source;
  std::vector<Task> tasks;
  bool restored = false;  // Read from disk: stands in until the source itself has spoken.
  /// Absent and not gone: what the last run told of them holds until the source tells of them.
  std::vector<TaskKey> kept = {};
};
/// A task is new or changed. State Ended means the same as Remove.
struct Upsert {
  Task task;
};
struct Remove {
  TaskKey key;
};
/// What our own check found at one port of a task. Unknown tasks and ports are ignored: the
/// result came too late.
struct Probed {
  TaskKey key;
  std::uint16_t port = 0;
  Protocol protocol = Protocol::Tcp;
  Health health = Health::Unknown;
};

/// All masters, agents and frameworks of a source, in place of what it told before.
struct Members {
  std::string source;
  /// No two of one role and id. Masters stand in the order in which they are configured, which
  /// numbers them in DNS; the rest in any.
  std::vector<Member> members;
};

/// The operator gives the pools of a VIP their shares, in place of labels; none: labels decide
/// again. Holds for a VIP that is not known yet, too.
struct Weights {
  VipId vip;
  PoolWeights pools;
  config::DrainRule at_rest = {};  // Shares::at_rest.
};

/// A text that others want to be kept with the state, under a name of theirs.
struct Note {
  std::string name;
  std::string text;
};

/// A change is data. Sources send a Reset after each (re)connect, so whatever was missed repairs
/// itself, and Upsert or Remove in between.
using Update = std::variant<Reset, Upsert, Remove, Probed, Members, Weights, Note, Drains>;

}  // namespace watcher
