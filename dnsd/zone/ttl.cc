#include "dnsd/zone/ttl.h"

#include "common/parse.h"
#include "dnsd/zone/contribution.h"

namespace dnsd {

std::uint32_t ttl_of(const watcher::Task& task, Contribution& out) {
  constexpr std::uint32_t kMost = 86400;
  const auto label = task.labels->find("SIGNPOST_DNS_TTL");
  if (label == task.labels.end()) return kZoneTtl;
  const auto seconds = common::parse_integer<std::uint32_t>(label->second);
  if (seconds && *seconds <= kMost) return *seconds;
  out.refuse("SIGNPOST_DNS_TTL=" + label->second,
             "a TTL is a number of seconds from 0 to 86400; dns.ttl is used");
  return kZoneTtl;
}

}  // namespace dnsd
