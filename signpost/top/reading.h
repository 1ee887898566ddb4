#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "common/result.h"
#include "signpost/desk.h"
#include "signpost/top/metrics_text.h"

/// What `signpost top` shows: two looks at a running Signpost, and the rates between them.
namespace signpost {

struct Look {
  std::chrono::steady_clock::time_point at;
  MetricsText metrics;
  boost::json::object sources;  // As /v1/sources has it.
};
/// Errors: those of ask_admin().
common::Expected<Look> look_at(const Desk& desk);

/// Of a VIP or a backend.
struct Traffic {
  double sessions = 0;  // A second, as is all but `open`.
  double open = 0;
  double failures = 0;    // Tries to connect that failed.
  double upstream = 0;    // Octets towards backends,
  double downstream = 0;  // and towards clients.
};
struct BackendReading {
  std::string endpoint;
  std::string pool;
  Traffic traffic = {};
};
struct VipReading {
  std::string id;
  double passing = 0;
  double failing = 0;
  double draining = 0;
  Traffic traffic = {};
  std::vector<BackendReading> backends = {};  // Busiest first.
};
struct SourceReading {
  std::string name;
  bool connected = false;
  double heard_seconds_ago = -1;  // Negative: never.
  double events = 0;              // A second.
  std::string last_error = {};
};
struct Reading {
  double seconds = 0;
  double generation = 0;
  bool synced = false;
  double tasks = 0;
  double cpu = 0;                         // Cores in use.
  std::map<std::string, double> answers;  // A second, by rcode; those that occurred.
  std::vector<SourceReading> sources;
  std::vector<VipReading> vips;  // Busiest first.
};

/// Pure. A counter that is less than before began anew: its rate is what it has now.
Reading read(const Look& before, const Look& after);

boost::json::object as_json(const Reading& reading);
/// Lines of at most `width` octets, `height` at most; what does not fit is counted in the last.
std::vector<std::string> as_screen(const Reading& reading,
                                   const std::string& admin,
                                   std::size_t width,
                                   std::size_t height);

}  // namespace signpost
