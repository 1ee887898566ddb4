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

Parsed<common::IpPrefix> Type<common::IpPrefix>::parse(std::string_view text) {
  if (const auto prefix = common::IpPrefix::parse(text)) return *prefix;
  const std::size_t slash = std::min(text.find('/'), text.size());
  const bool is_range = slash < text.size() && common::IpAddress::parse(text.substr(0, slash)) &&
                        common::parse_integer<std::uint8_t>(text.substr(slash + 1));
  return tl::unexpected<Hint>(is_range ? "bits behind the prefix must be 0" : "");
}

}  // namespace config
