#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>

/// Choices about VIPs that the configuration makes for all of them and labels for one. Apart from
/// settings.h, as the model of a VIP holds them too.
namespace config {

/// Who gets the next connection of a VIP; vipd/balance/ has a file for each.
enum class Balance : std::uint8_t {
  TwoChoices,
  RoundRobin,
  WeightedRoundRobin,
  LeastConnections,
  PeakEwma,
  Source,
  SourcePort,
  Random,
};

/// How a backend is told whose connection it gets: a PROXY header in front of the stream.
enum class ProxyVersion : std::uint8_t { V1, V2 };

/// What becomes of the connections to a backend that goes.
enum class Drain : std::uint8_t {
  Keep,   // They live until they end.
  Wait,   // They have a limited time.
  Close,  // They are reset at once.
};

/// Such a choice for one case, with a limit of its own.
struct DrainRule {
  Drain what = Drain::Keep;
  std::optional<std::chrono::milliseconds> limit = {};  // Of Wait; none: that of tasks that go.

  friend auto operator<=>(const DrainRule&, const DrainRule&) = default;
};

}  // namespace config
