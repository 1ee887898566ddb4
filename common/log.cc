#include "common/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>
#include <optional>

#include "common/log_json.h"
#include "common/log_limit.h"
#include "common/mutex.h"

namespace common::log {
namespace {

constexpr std::array<std::pair<std::string_view, Level>, 5> kLevels{{{"debug", Level::Debug},
                                                                     {"info", Level::Info},
                                                                     {"warn", Level::Warn},
                                                                     {"error", Level::Error},
                                                                     {"off", Level::Off}}};

constexpr const char* kText = "%Y-%m-%dT%H:%M:%S.%e%z %l %v";
constexpr const char* kJson = R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v)";
std::atomic<bool> as_json = false;

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::Debug:
      return spdlog::level::debug;
    case Level::Info:
      return spdlog::level::info;
    case Level::Warn:
      return spdlog::level::warn;
    case Level::Error:
      return spdlog::level::err;
    case Level::Off:
      return spdlog::level::off;
  }
  return spdlog::level::off;
}

spdlog::logger& logger() {
  static const auto instance = [] {
    auto made = std::make_shared<spdlog::logger>("signpost",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern(kText);
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *instance;
}

void put(Level level, std::string_view line) {
  if (as_json) return logger().log(to_spdlog(level), std::string_view(json_members(line)));
  logger().log(to_spdlog(level), line);
}

/// Warnings are few: a lock costs nobody anything.
class Limiter {
 public:
  /// As LogLimit::admit().
  std::optional<std::uint64_t> admit(std::string_view line) {
    const MutexLock lock(mutex_);
    const auto left_out = limit_.admit(line, Clock::now());
    owes_ = limit_.owes();
    return left_out;
  }
  std::optional<std::string> overdue() {
    if (!owes_.load(std::memory_order_relaxed)) return std::nullopt;
    const MutexLock lock(mutex_);
    auto line = limit_.overdue(Clock::now());
    owes_ = limit_.owes();
    return line;
  }

 private:
  using Clock = LogLimit::Instant::clock;
  Mutex mutex_;
  LogLimit limit_;
  std::atomic<bool> owes_{false};
};

Limiter& limiter() {
  static Limiter instance;
  return instance;
}

}  // namespace

void set_level(Level level) { logger().set_level(to_spdlog(level)); }

Expected<Level> parse_level(std::string_view text) {
  for (const auto& [name, level] : kLevels) {
    if (name == text) return level;
  }
  return fail(ErrorCode::InvalidInput,
              "'" + std::string(text) + "' is not a log level: debug, info, warn, error or off");
}

bool enabled(Level level) { return logger().should_log(to_spdlog(level)); }

void configure(Level level, Format format) {
  set_level(level);
  as_json = format == Format::Json;
  logger().set_pattern(format == Format::Json ? kJson : kText);
}

void write(Level level, std::string_view line) {
  if (const auto overdue = limiter().overdue()) put(Level::Warn, *overdue);
  if (level < Level::Warn) return put(level, line);
  const auto left_out = limiter().admit(line);
  if (!left_out) return;
  if (*left_out == 0) return put(level, line);
  put(level, fmt::format("{} left_out={}", line, *left_out));
}

}  // namespace common::log
