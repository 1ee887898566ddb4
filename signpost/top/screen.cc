#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "signpost/output.h"
#include "signpost/top/reading.h"

namespace signpost {
namespace {

/// "12", "3.4k", "56M": four columns at most.
std::string brief(double value) {
  constexpr std::array<std::string_view, 5> kUnits{"", "k", "M", "G", "T"};
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  if (value > 0 && value < 9.95) return fmt::format("{:.1f}{}", value, kUnits[unit]);
  return fmt::format("{:.0f}{}", value, kUnits[unit]);
}

/// Cut in the middle, as both the start and the port tell things apart.
std::string fitted(const std::string& name, std::size_t width) {
  if (name.size() <= width) return name;
  const std::size_t tail = width / 2 - 1;
  return name.substr(0, width - tail - 2) + ".." + name.substr(name.size() - tail);
}

constexpr std::size_t kNumbers = 43;  // Columns behind the name.

std::string row(const std::string& name,
                std::size_t width,
                const std::string& state,
                const Traffic& traffic) {
  const std::size_t room = std::max(width, kNumbers + 12) - kNumbers;
  return fmt::format("{:<{}} {:>8} {:>6} {:>6} {:>5} {:>6} {:>6}",
                     fitted(name, room),
                     room,
                     state,
                     brief(traffic.sessions),
                     brief(traffic.open),
                     brief(traffic.failures),
                     brief(traffic.upstream),
                     brief(traffic.downstream));
}

std::string heads(std::size_t width) {
  const std::size_t room = std::max(width, kNumbers + 12) - kNumbers;
  return fmt::format("{:<{}} {:>8} {:>6} {:>6} {:>5} {:>6} {:>6}",
                     "VIRTUAL IP, BACKENDS",
                     room,
                     "P/F/D",
                     "CONN/S",
                     "OPEN",
                     "FAIL",
                     "IN/S",
                     "OUT/S");
}

std::string answers_line(const Reading& reading) {
  double total = 0;
  std::string others;
  for (const auto& [rcode, rate] : reading.answers) {
    total += rate;
    if (rcode != "NOERROR" && rate > 0) others += fmt::format("  {} {}/s", rcode, brief(rate));
  }
  return fmt::format("dnsd: {} answers/s{}", brief(total), others);
}

std::string source_line(const SourceReading& source) {
  return fmt::format(
      "{}: {}, heard {}, {} events/s{}",
      source.name,
      source.connected ? "connected" : "NOT CONNECTED",
      source.heard_seconds_ago < 0 ? "never" : lasting(source.heard_seconds_ago) + " ago",
      brief(source.events),
      source.last_error.empty() ? "" : "; " + source.last_error);
}

std::vector<std::string> head_lines(const Reading& reading, const std::string& admin) {
  std::vector<std::string> lines{
      fmt::format("signpost top  {}  generation {:.0f}{}",
                  admin,
                  reading.generation,
                  reading.synced ? "" : "  NOT SYNCED"),
      fmt::format("{}, {}, {:.0f} % of a core",
                  count_of(static_cast<std::size_t>(reading.tasks), "task"),
                  count_of(reading.vips.size(), "virtual IP"),
                  100 * reading.cpu),
      answers_line(reading)};
  for (const SourceReading& source : reading.sources) lines.push_back(source_line(source));
  return lines;
}

std::vector<std::string> traffic_lines(const Reading& reading, std::size_t width) {
  std::vector<std::string> lines;
  for (const VipReading& vip : reading.vips) {
    const auto state = fmt::format("{:.0f}/{:.0f}/{:.0f}", vip.passing, vip.failing, vip.draining);
    lines.push_back(row(vip.id, width, state, vip.traffic));
    for (const BackendReading& backend : vip.backends) {
      lines.push_back(
          row("  " + backend.endpoint + " " + backend.pool, width, "", backend.traffic));
    }
  }
  return lines;
}

}  // namespace

std::vector<std::string> as_screen(const Reading& reading,
                                   const std::string& admin,
                                   std::size_t width,
                                   std::size_t height) {
  std::vector<std::string> lines = head_lines(reading, admin);
  lines.emplace_back();
  lines.push_back(heads(width));
  const auto traffic = traffic_lines(reading, width);
  const std::size_t room = height > lines.size() ? height - lines.size() : 1;
  const bool fits = traffic.size() <= room;
  const std::size_t shown = fits ? traffic.size() : room - 1;
  lines.insert(lines.end(), traffic.begin(), traffic.begin() + static_cast<std::ptrdiff_t>(shown));
  if (!fits) lines.push_back(fmt::format("{} more lines", traffic.size() - shown));
  if (lines.size() > height) lines.resize(height);
  for (std::string& line : lines) line.resize(std::min(line.size(), width));
  return lines;
}

}  // namespace signpost
