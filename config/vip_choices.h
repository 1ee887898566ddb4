#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

/// Choices about VIPs that the configuration makes for all of them and labels for one, with the
/// words for them. Apart from settings.h, as the model of a VIP holds them too.
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
inline constexpr std::array<std::pair<std::string_view, Balance>, 8> kBalances{
    {{"two-choices", Balance::TwoChoices},
     {"round-robin", Balance::RoundRobin},
     {"weighted-round-robin", Balance::WeightedRoundRobin},
     {"least-connections", Balance::LeastConnections},
     {"peak-ewma", Balance::PeakEwma},
     {"source", Balance::Source},
     {"source-port", Balance::SourcePort},
     {"random", Balance::Random}}};
inline constexpr std::string_view kBalanceWords =
    "two-choices, round-robin, weighted-round-robin, least-connections, peak-ewma, source, "
    "source-port or random";

/// How a backend is told whose connection it gets: a PROXY header in front of the stream.
enum class ProxyVersion : std::uint8_t { V1, V2 };
inline constexpr std::array<std::pair<std::string_view, ProxyVersion>, 2> kProxyVersions{
    {{"v1", ProxyVersion::V1}, {"v2", ProxyVersion::V2}}};

/// What becomes of the connections to a backend that goes.
enum class Drain : std::uint8_t {
  Keep,   // They live until they end.
  Wait,   // They have a limited time.
  Close,  // They are reset at once.
};
inline constexpr std::array<std::pair<std::string_view, Drain>, 3> kDrains{
    {{"keep", Drain::Keep}, {"wait", Drain::Wait}, {"close", Drain::Close}}};

}  // namespace config
