#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "watcher/follow/follower.h"

namespace watcher::conformance {

/// One orchestrator as a follower sees it: a small cluster, and what a server of its kind says of
/// it. Whether, when and in what pieces that arrives is the Rig's affair.
class Persona {
 public:
  virtual ~Persona() = default;

  virtual std::unique_ptr<Follower> make_follower() = 0;
  /// How long after a change it is to be seen, all being well.
  virtual std::chrono::seconds patience() const = 0;
  /// How long after a change of which no word arrived.
  virtual std::chrono::seconds repair() const = 0;

  // The cluster.

  virtual std::string start_task() = 0;  // Runs at once, without checks; its id.
  virtual void end_task(const std::string& id) = 0;
  virtual std::set<std::string> running() const = 0;
  /// Another server leads, which does not know yet what runs; after recover() it does.
  virtual void change_leaders() = 0;
  virtual void recover() = 0;

  // What the server says. All but answers() only where there is a stream.

  /// The records, as bytes, that tell what changed since the last call.
  std::vector<std::string> take_records() { return std::exchange(records_, {}); }
  virtual http::Response head() const { return {}; }
  virtual std::string greeting() { return ""; }  // What follows the head.
  virtual std::string heartbeat() const { return ""; }
  virtual std::string nonsense() const { return ""; }   // A whole record that tells nothing.
  virtual std::string oversized() const { return ""; }  // A record beyond the follower's limit.
  virtual http::Response answer(const Get& get) = 0;

 protected:
  std::vector<std::string> records_;
};

}  // namespace watcher::conformance
