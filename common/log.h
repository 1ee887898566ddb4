#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/result.h"

/// One line per fact, "key=value", lower case. error: someone must act; warn: we cope, degraded;
/// info: the state changed; debug: per item. Never per packet. Safe from any thread.
namespace common::log {

enum class Level : std::uint8_t { Debug, Info, Warn, Error, Off };

/// Text: "TIME LEVEL LINE". Json: an object a line, with the line's key=value as members
/// (common/log_json.h).
enum class Format : std::uint8_t { Text, Json };

/// Sets the least level that is written.
void set_level(Level level);
/// As set_level(), and how lines are written. What others write meanwhile may be in either way.
void configure(Level level, Format format);
Expected<Level> parse_level(std::string_view text);
bool enabled(Level level);
/// Warnings and errors that repeat are left out, and counted (common/log_limit.h).
void write(Level level, std::string_view line);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::Debug)) write(Level::Debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::Info)) write(Level::Info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::Warn)) write(Level::Warn, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  if (enabled(Level::Error)) write(Level::Error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace common::log
