#include "watcher/follow/host_lookups.h"

namespace watcher {
namespace {

constexpr std::chrono::seconds kPause{5};  // After a host that was not found.
constexpr std::chrono::minutes kAddressLife{10};

}  // namespace

HostLookups::HostLookups() : queue_(kPause) {}

void HostLookups::want(const std::vector<std::string>& hosts, TimePoint now) {
  for (const std::string& host : hosts) {
    queue_.release(host);
    queue_.mark(host, now, Haste::Now);
  }
}

void HostLookups::look_up(TimePoint now,
                          const std::function<bool(const std::string& host)>& is_needed,
                          std::vector<Action>& actions) {
  while (const auto host = queue_.pop(now)) {
    if (is_needed(host->key)) {
      actions.emplace_back(Resolve{host->key});
    } else {
      queue_.done(host->key);
    }
  }
}

void HostLookups::answered(const std::string& host, bool found, TimePoint now) {
  queue_.done(host);
  if (found) queue_.hold(host, now + kAddressLife);
  queue_.mark(host, now, Haste::Now);
}

}  // namespace watcher
