#include "signpost/top/top.h"

#include <boost/json.hpp>
#include <limits>
#include <thread>
#include <utility>

#include "signpost/output.h"
#include "signpost/top/reading.h"
#include "signpost/top/terminal.h"

namespace signpost {
namespace {

using common::Expected;
using std::chrono::steady_clock;

constexpr std::size_t kPlainWidth = 80;

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

Expected<std::string> once(const Desk& desk, std::chrono::duration<double> interval) {
  const auto before = look_at(desk);
  if (!before) return tl::unexpected(before.error());
  std::this_thread::sleep_for(interval);
  const auto after = look_at(desk);
  if (!after) return tl::unexpected(after.error());
  const Reading reading = read(*before, *after);
  if (desk.as_json) return boost::json::serialize(as_json(reading)) + "\n";
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  return joined(as_screen(reading, desk.admin, kPlainWidth, kAll));
}

/// A Signpost that is gone may come back: what it said last stays, with a line that says so.
int watch(const Desk& desk, steady_clock::duration interval, Look before) {
  Terminal terminal;
  terminal.show({"signpost top  " + desk.admin + "  q ends it"});
  Reading reading;
  auto next = before.at + interval;
  for (;;) {
    const auto event = terminal.wait_until(next);
    if (event == Terminal::Event::Quit) return 0;
    std::string trouble;
    if (event == Terminal::Event::Time) {
      auto after = look_at(desk);
      if (after) {
        reading = read(before, *after);
        before = std::move(*after);
      } else {
        trouble = "signpost: " + after.error().message;
      }
      next = steady_clock::now() + interval;
    }
    const auto [columns, rows] = terminal.size();
    auto lines = as_screen(reading, desk.admin, columns, rows);
    if (!trouble.empty() && !lines.empty()) lines.front() = trouble.substr(0, columns);
    terminal.show(lines);
  }
}

}  // namespace

int top(const Desk& desk, const TopOptions& options) {
  const std::chrono::duration<double> interval(options.interval_s);
  if (options.once || desk.as_json || !Terminal::is_there()) return print(once(desk, interval));
  auto first = look_at(desk);
  if (!first) return print(tl::unexpected(first.error()));
  return watch(
      desk, std::chrono::duration_cast<steady_clock::duration>(interval), std::move(*first));
}

}  // namespace signpost
