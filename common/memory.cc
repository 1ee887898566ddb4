#include "common/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "common/log.h"

// jemalloc's, in programs that link it.
extern "C" [[gnu::weak]] int mallctl(
    const char* name, void* old, std::size_t* old_length, void* fresh, std::size_t fresh_length);

namespace common {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// There is one operator new, and so one of these.
std::atomic<bool> is_short{false};
std::atomic<std::uint64_t> failures{0};

/// Mapped and never touched, so that it counts where address space or promises of memory do. In
/// slices, so that threads which fail at the same time each find one.
constexpr std::size_t kSlice = std::size_t{8} << 20;
std::array<std::atomic<void*>, 8> reserve{};

void take_reserve() {
  for (auto& slice : reserve) {
    if (slice.load() != nullptr) continue;
    void* memory =
        mmap(nullptr, kSlice, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    slice.store(memory);
  }
}

bool give_up_slice() {
  for (auto& slice : reserve) {
    void* memory = slice.exchange(nullptr);
    if (memory == nullptr) continue;
    munmap(memory, kSlice);
    return true;
  }
  return false;
}

/// What operator new calls when it finds no memory; when this returns, it tries again.
void on_failed_allocation() {
  is_short.store(true, std::memory_order_relaxed);
  failures.fetch_add(1, std::memory_order_relaxed);
  if (!give_up_slice()) throw std::bad_alloc();
}

/// What was freed goes back to the kernel at once, not in the ten seconds that jemalloc keeps it.
void return_freed_pages() {
  if (mallctl != nullptr) mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);  // All arenas.
}

std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");  // proc(5): size and resident, in pages.
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Nothing when it is no number: "max" in version 2, a number beyond all memory in version 1.
std::optional<std::uint64_t> number_in(const fs::path& path) {
  constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 62;
  std::ifstream file(path);
  std::uint64_t number = 0;
  if (!(file >> number) || number >= kNoLimit) return std::nullopt;
  return number;
}

struct Names {
  const char* limit;
  const char* used;
  const char* prefix;  // Of what memory.stat says of the groups below, too.
};
constexpr Names kVersion1{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_"};
constexpr Names kVersion2{"memory.max", "memory.current", ""};

/// Pages of files, which the kernel takes back when it needs them.
std::uint64_t file_pages(const fs::path& group, const std::string& prefix) {
  std::ifstream stat(group / "memory.stat");
  std::string name;
  std::uint64_t value = 0;
  std::uint64_t sum = 0;
  while (stat >> name >> value) {
    if (name == prefix + "inactive_file" || name == prefix + "active_file") sum += value;
  }
  return sum;
}

/// Of the group at `path` below `top`, or the nearest above it that is limited. In a container the
/// path may be one of the host, and what is at the top its own.
MemoryUse nearest_limit(const fs::path& top, std::string_view path, const Names& names) {
  fs::path below = fs::path(path).relative_path();
  while (true) {
    const fs::path group = top / below;
    const auto limit = number_in(group / names.limit);
    const auto used = number_in(group / names.used);
    if (limit && used) return {*used - std::min(*used, file_pages(group, names.prefix)), *limit};
    if (below.empty()) return {};
    below = below.parent_path();
  }
}

/// What its nearness to the limit says first.
const MemoryUse& tighter(const MemoryUse& one, const MemoryUse& other) {
  if (other.limit == 0) return one;
  if (one.limit == 0) return other;
  const auto share = [](const MemoryUse& use) {
    return static_cast<double>(use.used) / static_cast<double>(use.limit);
  };
  return share(one) < share(other) ? other : one;
}

}  // namespace

bool memory_is_short() { return is_short.load(std::memory_order_relaxed); }

MemoryUse control_group_memory(const fs::path& root, std::string_view own) {
  // cgroups(7): a line "number:controllers:path" for each hierarchy, "0::path" for version 2.
  MemoryUse use;
  std::istringstream lines{std::string(own)};
  for (std::string line; std::getline(lines, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string path = line.substr(second + 1);
    if (controllers == ",,") use = tighter(use, nearest_limit(root, path, kVersion2));
    if (controllers.find(",memory,") == std::string::npos) continue;
    use = tighter(use, nearest_limit(root / "memory", path, kVersion1));
  }
  return use;
}

MemoryWatch::MemoryWatch(std::uint64_t limit_bytes) : limit_(limit_bytes) {
  take_reserve();
  std::set_new_handler(on_failed_allocation);
}

MemoryWatch::~MemoryWatch() {
  std::set_new_handler(nullptr);
  while (give_up_slice()) {
  }
  is_short.store(false, std::memory_order_relaxed);
}

void MemoryWatch::look() {
  const std::string own = text_of("/proc/self/cgroup");
  const MemoryUse use =
      tighter({resident_bytes(), limit_}, control_group_memory("/sys/fs/cgroup", own));
  used_.store(use.used, std::memory_order_relaxed);
  limited_to_.store(use.limit, std::memory_order_relaxed);
  const bool failing = allocations_fail();
  const bool now = shortage_.observe(use) || failing;
  is_short.store(now, std::memory_order_relaxed);
  if (now) return_freed_pages();
  if (now == std::exchange(told_, now)) return;
  if (!now) return log::info("memory used={} limit={} is enough again", use.used, use.limit);
  shortages_.fetch_add(1, std::memory_order_relaxed);
  log::warn(
      "memory used={} limit={} is short{}: until there is enough, VIPs and DNS over TCP refuse new "
      "clients and let go of slow ones; raise the limit, or lower vip.connections",
      use.used,
      use.limit,
      failing ? " (allocations fail)" : "");
}

/// Lately. What the reserve gave is taken back when it has been quiet, as far as it can be had.
bool MemoryWatch::allocations_fail() {
  constexpr std::chrono::seconds kQuiet{1};
  const auto now = steady_clock::now();
  if (std::exchange(failures_, failures.load(std::memory_order_relaxed)) != failures_) {
    failed_at_ = now;
  }
  if (failures_ == 0) return false;
  if (now - failed_at_ < kQuiet) return true;
  take_reserve();
  return false;
}

void MemoryWatch::describe(MetricsPage& page) const {
  page.gauge("signpost_memory_used_bytes",
             "Memory that counts for the limit.",
             static_cast<double>(used_.load(std::memory_order_relaxed)));
  page.gauge("signpost_memory_limit_bytes",
             "The limit of memory: process.max_memory_bytes or that of the control group; 0: none.",
             static_cast<double>(limited_to_.load(std::memory_order_relaxed)));
  page.gauge("signpost_memory_short",
             "1 while memory is short, and VIPs and DNS over TCP refuse new clients.",
             memory_is_short() ? 1 : 0);
  page.counter("signpost_memory_shortages_total",
               "Times that memory became short.",
               static_cast<double>(shortages_.load(std::memory_order_relaxed)));
}

}  // namespace common
