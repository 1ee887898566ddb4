#include "dnsd/zone/weight.h"

#include <algorithm>

#include "dnsd/wire/rdata.h"
#include "dnsd/zone/contribution.h"
#include "watcher/vips/port_options.h"

namespace dnsd {

std::uint16_t srv_weight(const watcher::Task& task, std::optional<std::size_t> port) {
  const std::uint32_t weight = watcher::weight_of(task, port).value_or(Srv{}.weight);
  return static_cast<std::uint16_t>(std::min<std::uint32_t>(weight, 0xffff));
}

bool drains(const watcher::Task& task, std::optional<std::size_t> port) {
  if (task.drained || (port && task.ports[*port].drained)) return true;
  return srv_weight(task, port) == 0;
}

bool drains(const watcher::Task& task) {
  if (task.ports.empty()) return drains(task, std::nullopt);
  for (std::size_t port = 0; port < task.ports.size(); ++port) {
    if (!drains(task, port)) return false;
  }
  return true;
}

void report_weight(const watcher::Task& task, Contribution& out) {
  const std::string* label = watcher::find_label(task.labels, "SIGNPOST_WEIGHT");
  if (label == nullptr || watcher::weight_of(task, {})) return;
  out.refuse("SIGNPOST_WEIGHT=" + *label, "a weight is a whole number up to 1000000; 1 is used");
}

}  // namespace dnsd
