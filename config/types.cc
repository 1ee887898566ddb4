#include "config/types.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <utility>

#include "common/parse.h"

namespace config {
namespace {

using namespace std::chrono_literals;
using common::log::Level;

constexpr auto no_hint() { return tl::unexpected<Hint>(Hint()); }

/// A count of some unit, e.g. 64 KiB is 64 of 1024.
struct Unit {
  std::string_view name;
  std::int64_t factor;  // In the smallest unit.
};
constexpr std::array<Unit, 4> kDurations{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSizes{
    {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}};

/// Splits "500ms" into 500 and "ms".
std::optional<std::pair<std::int64_t, std::string_view>> split(std::string_view text) {
  std::int64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || count < 0) return std::nullopt;
  return {{count, {stop, static_cast<std::size_t>(end - stop)}}};
}

/// The value in the smallest unit; empty for another unit or a number beyond 64 bits.
std::optional<std::int64_t> scale(std::int64_t count,
                                  std::string_view unit,
                                  std::span<const Unit> units) {
  for (const Unit& known : units) {
    std::int64_t value = 0;
    if (unit == known.name && !__builtin_mul_overflow(count, known.factor, &value)) return value;
  }
  return std::nullopt;
}

/// In the largest unit that leaves no rest.
std::string print_in(std::int64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) {
      return std::to_string(value / unit.factor) + std::string(unit.name);
    }
  }
  return "0";
}

constexpr std::array<std::pair<std::string_view, MesosMode>, 3> kMesosModes{
    {{"auto", MesosMode::Auto}, {"stream", MesosMode::Stream}, {"poll", MesosMode::Poll}}};
constexpr std::array<std::pair<std::string_view, TokenScheme>, 2> kTokenSchemes{
    {{"token", TokenScheme::Token}, {"bearer", TokenScheme::Bearer}}};
constexpr std::array<std::pair<std::string_view, StandbyMode>, 2> kStandbyModes{
    {{"redirect", StandbyMode::Redirect}, {"proxy", StandbyMode::Proxy}}};
constexpr std::array<std::pair<std::string_view, DnsHealth>, 3> kDnsHealth{
    {{"prefer-passing", DnsHealth::PreferPassing},
     {"require-passing", DnsHealth::RequirePassing},
     {"ignore", DnsHealth::Ignore}}};
constexpr std::array<std::pair<std::string_view, LabelRule>, 2> kLabelRules{
    {{"rfc1123", LabelRule::Rfc1123}, {"rfc952", LabelRule::Rfc952}}};
constexpr std::array<std::pair<std::string_view, AddressSource>, 2> kAddressSources{
    {{"task", AddressSource::Task}, {"agent", AddressSource::Agent}}};
constexpr std::array<std::pair<std::string_view, Level>, 5> kLevels{{{"debug", Level::Debug},
                                                                     {"info", Level::Info},
                                                                     {"warn", Level::Warn},
                                                                     {"error", Level::Error},
                                                                     {"off", Level::Off}}};

template <class Names>
auto parse_name(std::string_view text, const Names& names)
    -> Parsed<decltype(names.front().second)> {
  for (const auto& [name, value] : names) {
    if (name == text) return value;
  }
  return no_hint();
}

template <class Names, class Value>
std::string print_name(Value value, const Names& names) {
  for (const auto& [name, known] : names) {
    if (known == value) return std::string(name);
  }
  return {};
}

/// Is any bit set that a prefix of this length leaves to the hosts? Precondition: a multiple of 4.
bool has_bits_behind(const common::IpAddress& address, int length) {
  const auto octets = address.bytes();
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const int left = length - static_cast<int>(8 * i);
    const unsigned kept = left >= 8 ? 0xffU : left > 0 ? 0xf0U : 0U;
    if ((octets[i] & ~kept) != 0) return true;
  }
  return false;
}

}  // namespace

Parsed<bool> Type<bool>::parse(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return no_hint();
}

Parsed<int> Type<int>::parse(std::string_view text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end) return no_hint();
  return value;
}

Parsed<std::uint64_t> Type<std::uint64_t>::parse(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return no_hint();
  const auto bytes = scale(parts->first, parts->second, kSizes);
  if (!bytes) return tl::unexpected<Hint>("units are KiB, MiB and GiB");
  return static_cast<std::uint64_t>(*bytes);
}

std::string Type<std::uint64_t>::print(std::uint64_t bytes) {
  return print_in(static_cast<std::int64_t>(bytes), kSizes);
}

Parsed<Milliseconds> Type<Milliseconds>::parse(std::string_view text) {
  const auto parts = split(text);
  if (!parts) return no_hint();
  const auto [count, unit] = *parts;
  if (unit.empty() && count == 0) return 0ms;
  if (unit.empty()) return tl::unexpected<Hint>("add the unit, e.g. " + std::string(text) + "s");
  const auto value = scale(count, unit, kDurations);
  if (!value) return tl::unexpected<Hint>("units are ms, s, m and h");
  return Milliseconds(*value);
}

std::string Type<Milliseconds>::print(Milliseconds value) {
  return value == 0ms ? "0s" : print_in(value.count(), kDurations);
}

Parsed<Seconds> Type<Seconds>::parse(std::string_view text) {
  const auto value = Type<Milliseconds>::parse(text);
  if (!value) return tl::unexpected(value.error());
  if (*value % 1s != 0ms) return no_hint();
  return std::chrono::duration_cast<Seconds>(*value);
}

Parsed<common::IpAddress> Type<common::IpAddress>::parse(std::string_view text) {
  const auto address = common::IpAddress::parse(text);
  if (!address) return no_hint();
  return *address;
}

Parsed<common::SocketAddress> Type<common::SocketAddress>::parse(std::string_view text) {
  return common::SocketAddress::parse(text).map_error([](const auto&) { return Hint(); });
}

Parsed<common::Ipv4Prefix> Type<common::Ipv4Prefix>::parse(std::string_view text) {
  return common::Ipv4Prefix::parse(text).map_error([](const auto&) { return Hint(); });
}

Parsed<MesosMode> Type<MesosMode>::parse(std::string_view text) {
  return parse_name(text, kMesosModes);
}
std::string Type<MesosMode>::print(MesosMode value) { return print_name(value, kMesosModes); }

Parsed<TokenScheme> Type<TokenScheme>::parse(std::string_view text) {
  return parse_name(text, kTokenSchemes);
}
std::string Type<TokenScheme>::print(TokenScheme value) { return print_name(value, kTokenSchemes); }

Parsed<StandbyMode> Type<StandbyMode>::parse(std::string_view text) {
  return parse_name(text, kStandbyModes);
}
std::string Type<StandbyMode>::print(StandbyMode value) { return print_name(value, kStandbyModes); }

Parsed<DnsHealth> Type<DnsHealth>::parse(std::string_view text) {
  return parse_name(text, kDnsHealth);
}
std::string Type<DnsHealth>::print(DnsHealth value) { return print_name(value, kDnsHealth); }

Parsed<Balance> Type<Balance>::parse(std::string_view text) { return parse_name(text, kBalances); }
std::string Type<Balance>::print(Balance value) { return print_name(value, kBalances); }

Parsed<Drain> Type<Drain>::parse(std::string_view text) { return parse_name(text, kDrains); }
std::string Type<Drain>::print(Drain value) { return print_name(value, kDrains); }

Parsed<LabelRule> Type<LabelRule>::parse(std::string_view text) {
  return parse_name(text, kLabelRules);
}
std::string Type<LabelRule>::print(LabelRule value) { return print_name(value, kLabelRules); }

Parsed<AddressSource> Type<AddressSource>::parse(std::string_view text) {
  return parse_name(text, kAddressSources);
}
std::string Type<AddressSource>::print(AddressSource value) {
  return print_name(value, kAddressSources);
}

Parsed<ReverseZone> Type<ReverseZone>::parse(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto first = common::IpAddress::parse(text.substr(0, slash));
  const auto length = common::parse_integer<int>(text.substr(std::min(slash + 1, text.size())));
  if (!first || !length) return no_hint();
  const int step = first->is_v4() ? 8 : 4;
  const int most = first->is_v4() ? 24 : 124;
  if (*length < step || *length > most || *length % step != 0) return no_hint();
  if (has_bits_behind(*first, *length)) {
    return tl::unexpected<Hint>("the address has bits behind the prefix");
  }
  return ReverseZone{*first, *length};
}
std::string Type<ReverseZone>::print(const ReverseZone& value) {
  return value.first.to_string() + "/" + std::to_string(value.length);
}

Parsed<Level> Type<Level>::parse(std::string_view text) { return parse_name(text, kLevels); }
std::string Type<Level>::print(Level value) { return print_name(value, kLevels); }

}  // namespace config
