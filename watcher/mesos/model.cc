#include "watcher/mesos/model.h"

namespace watcher::mesos {

void Observed::absorb(const Observed& told) {
  if (told.verdict != Health::Unknown && told.verdict_at >= verdict_at) {
    verdict = told.verdict;
    verdict_at = told.verdict_at;
  }
  if (!told.addresses.empty() && told.addresses_at >= addresses_at) {
    addresses = told.addresses;
    mappings = told.mappings;
    addresses_at = told.addresses_at;
  }
}

bool Observed::same_as(const Observed& other) const {
  return verdict == other.verdict && addresses == other.addresses && mappings == other.mappings;
}

}  // namespace watcher::mesos
