#include "admin/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>

namespace admin {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");  // proc(5): size and resident, in pages
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double open_descriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  return static_cast<double>(std::distance(begin(entries), end(entries)));
}

double descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

/// The number behind `key` on a line of its own, as in /proc/stat.
double line_value(const char* path, const std::string& key) {
  std::ifstream file(path);
  std::string word;
  double value = 0;
  while (file >> word) {
    if (word == key && file >> value) break;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return value;
}

/// proc(5): field 22 of stat, in ticks since boot. The name in field 2 may hold blanks, so fields
/// are counted from its closing bracket.
double start_time() {
  std::ifstream file("/proc/self/stat");
  const std::string stat((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string skipped;
  for (int field = 3; field < 22; ++field) fields >> skipped;
  double ticks = 0;
  fields >> ticks;
  return line_value("/proc/stat", "btime") + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace

void describe_process(common::MetricsPage& page) {
  page.counter("process_cpu_seconds_total", "User and system CPU time.", cpu_seconds());
  page.gauge("process_resident_memory_bytes", "Resident memory.", resident_bytes());
  page.gauge("process_open_fds", "Open file descriptors.", open_descriptors());
  page.gauge("process_max_fds", "Limit of open file descriptors.", descriptor_limit());
  page.gauge("process_start_time_seconds", "Start of the process, in Unix time.", start_time());
}

}  // namespace admin
