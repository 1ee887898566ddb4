#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "signpost/caller.h"
#include "signpost/demo.h"

namespace signpost {

/// What a step saw, or why it does not hold.
using Seen = common::Expected<std::string>;

tl::unexpected<common::Error> not_held(std::string why);

/// The running system as the tour meets it: as any client would, through Marathon's API, DNS and
/// VIPs. What waits, waits 30 s at most.
class Cluster {
 public:
  explicit Cluster(const DemoPlaces& places) : places_(places) {}

  const DemoPlaces& places() const { return places_; }

  /// Asks Marathon for a change. Error: it refuses, with its words.
  common::Expected<void> change(std::string_view method,
                                const std::string& path,
                                const std::string& body = "") const;
  std::set<std::string> tasks(const std::string& app) const;  // Ids of those that run.
  bool await_tasks(const std::string& app, std::size_t count) const;
  bool is_deploying() const;
  /// change(), and waits until all is deployed.
  common::Expected<void> deploy(std::string_view method,
                                const std::string& path,
                                const std::string& body = "") const;

  /// How many SRV records a name has; 0 too when it does not exist.
  std::size_t count_srv(const std::string& name) const;
  /// Where the VIP of that name is called; waits until it resolves and answers.
  common::Expected<std::string> vip_url(const std::string& name) const;
  /// The labels of a port that give an app the VIP `name`: on port 80, and where that is out of
  /// reach on 8000 as well.
  std::string vip_labels(const std::string& name) const;

 private:
  const DemoPlaces& places_;
};

/// "812 calls, 0 failed", or the first failure.
Seen unhurt(const LoadReport& report);

/// Waits until so many calls more have been made.
void go_on(const Load& load, std::uint64_t calls);

/// How many of so many calls, one after the other, each version of the lab's app answered.
std::map<std::string, int> versions_at(const std::string& url, int calls);

}  // namespace signpost
