#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "common/log.h"
#include "config/settings.h"

namespace config {

/// The words for the values of an enumeration. Each specialisation gives:
///   kList  the words as a person reads them
///   kAll   word and value
template <class Enum>
struct Words;

template <class Enum, std::size_t kSize>
using WordTable = std::array<std::pair<std::string_view, Enum>, kSize>;

template <>
struct Words<MesosMode> {
  static constexpr std::string_view kList = "auto, stream or poll";
  static constexpr WordTable<MesosMode, 3> kAll{
      {{"auto", MesosMode::Auto}, {"stream", MesosMode::Stream}, {"poll", MesosMode::Poll}}};
};

template <>
struct Words<TokenScheme> {
  static constexpr std::string_view kList = "token or bearer";
  static constexpr WordTable<TokenScheme, 2> kAll{
      {{"token", TokenScheme::Token}, {"bearer", TokenScheme::Bearer}}};
};

template <>
struct Words<StandbyMode> {
  static constexpr std::string_view kList = "redirect or proxy";
  static constexpr WordTable<StandbyMode, 2> kAll{
      {{"redirect", StandbyMode::Redirect}, {"proxy", StandbyMode::Proxy}}};
};

template <>
struct Words<PreferLocal> {
  static constexpr std::string_view kList = "off, agent or zone";
  static constexpr WordTable<PreferLocal, 3> kAll{
      {{"off", PreferLocal::Off}, {"agent", PreferLocal::Agent}, {"zone", PreferLocal::Zone}}};
};

template <>
struct Words<DnsHealth> {
  static constexpr std::string_view kList = "prefer-passing, require-passing or ignore";
  static constexpr WordTable<DnsHealth, 3> kAll{{{"prefer-passing", DnsHealth::PreferPassing},
                                                 {"require-passing", DnsHealth::RequirePassing},
                                                 {"ignore", DnsHealth::Ignore}}};
};

template <>
struct Words<LabelRule> {
  static constexpr std::string_view kList = "rfc1123 or rfc952";
  static constexpr WordTable<LabelRule, 2> kAll{
      {{"rfc1123", LabelRule::Rfc1123}, {"rfc952", LabelRule::Rfc952}}};
};

template <>
struct Words<AddressSource> {
  static constexpr std::string_view kList = "task or agent";
  static constexpr WordTable<AddressSource, 2> kAll{
      {{"task", AddressSource::Task}, {"agent", AddressSource::Agent}}};
};

template <>
struct Words<Balance> {
  static constexpr std::string_view kList =
      "two-choices, round-robin, weighted-round-robin, least-connections, peak-ewma, source, "
      "source-port or random";
  static constexpr WordTable<Balance, 8> kAll{
      {{"two-choices", Balance::TwoChoices},
       {"round-robin", Balance::RoundRobin},
       {"weighted-round-robin", Balance::WeightedRoundRobin},
       {"least-connections", Balance::LeastConnections},
       {"peak-ewma", Balance::PeakEwma},
       {"source", Balance::Source},
       {"source-port", Balance::SourcePort},
       {"random", Balance::Random}}};
};

template <>
struct Words<Drain> {
  static constexpr std::string_view kList = "keep, wait or close";
  static constexpr WordTable<Drain, 3> kAll{
      {{"keep", Drain::Keep}, {"wait", Drain::Wait}, {"close", Drain::Close}}};
};

template <>
struct Words<ProxyVersion> {
  static constexpr std::string_view kList = "v1 or v2";
  static constexpr WordTable<ProxyVersion, 2> kAll{
      {{"v1", ProxyVersion::V1}, {"v2", ProxyVersion::V2}}};
};

template <>
struct Words<common::log::Level> {
  static constexpr std::string_view kList = "debug, info, warn, error or off";
  static constexpr WordTable<common::log::Level, 5> kAll{{{"debug", common::log::Level::Debug},
                                                          {"info", common::log::Level::Info},
                                                          {"warn", common::log::Level::Warn},
                                                          {"error", common::log::Level::Error},
                                                          {"off", common::log::Level::Off}}};
};

template <>
struct Words<common::log::Format> {
  static constexpr std::string_view kList = "text or json";
  static constexpr WordTable<common::log::Format, 2> kAll{
      {{"text", common::log::Format::Text}, {"json", common::log::Format::Json}}};
};

}  // namespace config
