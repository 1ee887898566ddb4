#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

#include "common/result.h"

/// One line per fact, "key=value", lower case. error: someone must act; warn: we cope, degraded;
/// info: the state changed; debug: per item. Never per packet. Safe from any thread.
namespace common::log {

enum class Level { Debug, Info, Warn, Error, Off };

/// Sets the least level that is written. Call before threads start.
void set_level(Level level);
Expected<Level> parse_level(std::string_view text);
bool enabled(Level level);
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
