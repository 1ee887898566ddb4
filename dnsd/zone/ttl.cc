#include "dnsd/zone/ttl.h"

#include "common/parse.h"
#include "dnsd/zone/contribution.h"

namespace dnsd {

std::uint32_t ttl_of(const watcher::Task& task, Contribution& out) {
  constexpr std::uint32_t kMost = 86400;
  const std::string* value = watcher::find_label(task.labels, "SIGNPOST_DNS_TTL");
  if (value == nullptr) return kZoneTtl;
  const auto seconds = common::parse_integer<std::uint32_t>(*value);
  if (seconds && *seconds <= kMost) return *seconds;
  out.refuse("SIGNPOST_DNS_TTL=" + *value,
             "a TTL is a number of seconds from 0 to 86400; dns.ttl is used");
  return kZoneTtl;
}

}  // namespace dnsd
