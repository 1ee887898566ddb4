#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "common/metrics.h"

namespace common {

/// True while this process is short of memory: whoever could do without some takes none, and begins
/// nothing for strangers. Any thread; costs one load.
bool memory_is_short();

/// How much is used of how much; a limit of 0: nobody set one.
struct MemoryUse {
  std::uint64_t used = 0;
  std::uint64_t limit = 0;
};

/// What the nearest limited control group uses, of versions 1 and 2: without the pages of files,
/// which the kernel takes back before it kills. `root` is where they are mounted, `own` the text of
/// /proc/self/cgroup.
MemoryUse control_group_memory(const std::filesystem::path& root, std::string_view own);

/// Tells when memory is short. Above the first mark it is, and until use is below the second.
class Shortage {
 public:
  static constexpr std::uint64_t kBeginsPercent = 90;
  static constexpr std::uint64_t kEndsPercent = 85;

  bool observe(const MemoryUse& use) {
    const std::uint64_t mark = is_short_ ? kEndsPercent : kBeginsPercent;
    is_short_ = use.limit > 0 && use.used >= use.limit / 100 * mark;
    return is_short_;
  }

 private:
  bool is_short_ = false;
};

/// Keeps memory_is_short() true to what there is, by two ways. Where there is a limit that the
/// kernel enforces by killing (a control group's, or the one given here), it looks how near that
/// is. Where allocations fail instead (RLIMIT_AS, vm.overcommit_memory=2), the first one that fails
/// gives up a reserve, so that what was begun can be ended. When that is used up too, operator new
/// throws, which ends the process. One per process.
class MemoryWatch {
 public:
  explicit MemoryWatch(std::uint64_t limit_bytes);  // 0: only the control group's.
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;
  ~MemoryWatch();

  void set_limit(std::uint64_t bytes) { limit_ = bytes; }
  /// To be called some times a second, by one thread; costs the reading of a few files of /proc and
  /// /sys. A change is told in the log.
  void look();
  void describe(MetricsPage& page) const;  // Any thread.

 private:
  bool allocations_fail();

  std::uint64_t limit_;
  Shortage shortage_;
  std::uint64_t failures_ = 0;  // Of allocations, at the last look.
  std::chrono::steady_clock::time_point failed_at_{};
  bool told_ = false;                   // That memory is short.
  std::atomic<std::uint64_t> used_{0};  // This and the next, at the last look.
  std::atomic<std::uint64_t> limited_to_{0};
  std::atomic<std::uint64_t> shortages_{0};
};

}  // namespace common
