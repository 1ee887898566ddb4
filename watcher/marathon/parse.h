#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "watcher/marathon/model.h"

/// Reads Marathon's REST answers of every version from 0.7 to 1.11. Absent, null and empty are the
/// same (Marathon up to 1.4 writes nulls where later ones write nothing); unknown members are
/// normal. Errors: InvalidInput when the whole answer is not what was asked for.
namespace watcher::marathon {

struct AppsAnswer {
  std::vector<AppFacts> apps;
  std::vector<Rejection> rejected;
};

common::Expected<AppsAnswer> parse_apps(std::string_view body);  // GET /v2/apps
common::Expected<AppsAnswer> parse_app(std::string_view body);   // GET /v2/apps/ID: exactly one app
common::Expected<DefinitionPtr> parse_version(std::string_view body);  // .../versions/V

// The same of pods, since 1.4.
common::Expected<AppsAnswer> parse_pods(std::string_view body);  // GET /v2/pods/::status
common::Expected<AppsAnswer> parse_pod(std::string_view body);   // GET /v2/pods/ID::status
common::Expected<DefinitionPtr> parse_pod_version(std::string_view body);  // ::versions/V

/// GET /v2/leader: "host:port". Errors: InvalidInput.
common::Expected<std::string> parse_leader(std::string_view body);

struct AppVersion {
  std::string id;
  std::string version;
};
/// GET /v2/groups/ID: the apps and pods of the group and of the groups in it.
common::Expected<std::vector<AppVersion>> parse_group(std::string_view body);

}  // namespace watcher::marathon
