#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/ip.h"
#include "config/settings.h"
#include "dnsd/zone/naming.h"
#include "dnsd/zone/zone.h"
#include "watcher/catalog/catalog.h"

namespace dnsd {

/// What the operator decided about the zones. The domains are two different names without a final
/// dot that config/rows/ lets pass.
struct ZoneOptions {
  std::string mesos_domain = "mesos";
  std::string dcos_domain = "thisdcos.directory";
  config::Schemes schemes;
  std::chrono::seconds ttl{5};
  std::chrono::seconds soa_minimum{1};
  Naming naming;
  std::vector<std::string> zones;             // Further ones, with nothing but static records.
  std::vector<config::StaticRecord> records;  // Each in one of the zones.
};

/// Turns changes of the catalog into zone snapshots. Pure; lives on the control thread.
///
/// Cost of apply(): proportional to the names of the tasks and VIPs in the change and to the
/// members of those names, never to the zone. A change of members costs in proportion to those of
/// the source.
class ZoneBuilder {
 public:
  explicit ZoneBuilder(const ZoneOptions& options);
  ~ZoneBuilder();

  /// The zone before anything is known: every name inside is SERVFAIL.
  std::shared_ptr<const Zone> current() const;
  std::shared_ptr<const Zone> apply(const watcher::Change& change);
  /// Names that the changes since the last call asked for and that cannot be; the first hundred.
  std::vector<watcher::Problem> take_problems();
  /// Steps of work done so far, for the test that cost follows the change.
  std::uint64_t work() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dnsd
