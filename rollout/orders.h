#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/message.h"
#include "watcher/follow/action.h"

/// What a rollout asks of the Marathon that runs its apps, and what comes of it. Pure.
namespace rollout {

struct Order {
  enum class Kind : std::uint8_t {
    Look,    // How many instances the app wants.
    Scale,   // Let it want so many.
    Kill,    // These tasks end, and the app wants as many fewer.
    Delete,  // The app is to go.
  };
  Kind kind = Kind::Look;
  std::string app;
  std::uint32_t instances = 0;          // Of Scale.
  std::vector<std::string> tasks = {};  // Of Kill.

  friend bool operator==(const Order&, const Order&) = default;
};

/// An app as its Marathon has it.
struct App {
  std::uint32_t instances = 0;                         // That it wants, not those that run.
  std::optional<std::uint32_t> target_instances = {};  // As zdd.py's label has it.
};

struct Outcome {
  enum class Kind : std::uint8_t {
    Done,
    Absent,   // There is no such app.
    Locked,   // A deployment holds it: worth another try.
    Failed,   // Nobody answered, or not in earnest: it may be done or not.
    Refused,  // Another try would be answered alike.
  };
  Kind kind = Kind::Done;
  std::string words = {};       // Why not.
  std::optional<App> app = {};  // Of a Look that was done.
};

std::string describe(const Order& order);  // "scale /green to 3", for people.

http::Request request_of(const Order& order);  // Its target is a path below the Marathon's URL.
Outcome outcome_of(const Order& order, const watcher::Answer& answer);

}  // namespace rollout
