#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace watcher {

enum class CheckOutcome : std::uint8_t {
  Passed,
  Failed,
  Inconclusive,  // It failed for a reason of our own.
};

/// What one check of an endpoint found.
struct Finding {
  CheckOutcome outcome = CheckOutcome::Passed;
  std::string why;  // It did not pass, for people.

  static Finding passed() { return {}; }
  static Finding failed(std::string why) { return {CheckOutcome::Failed, std::move(why)}; }
  static Finding inconclusive(std::string why) {
    return {CheckOutcome::Inconclusive, std::move(why)};
  }
};

}  // namespace watcher
