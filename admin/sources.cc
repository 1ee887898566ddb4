#include "admin/sources.h"

#include <boost/json.hpp>
#include <optional>
#include <utility>

namespace admin {
namespace {

namespace json = boost::json;
using TimePoint = std::chrono::steady_clock::time_point;

json::value seconds_since(const std::optional<TimePoint>& then, TimePoint now) {
  if (!then) return nullptr;
  return std::chrono::duration<double>(now - *then).count();
}

json::value describe(const watcher::SourceStatus& source, TimePoint now) {
  return json::object{
      {"name", source.name},
      {"connected", source.connected},
      {"synced", source.synced},
      {"heard_seconds_ago", seconds_since(source.last_heard, now)},
      {"synced_seconds_ago", seconds_since(source.last_sync, now)},
      {"events", source.events},
      {"rejected", source.rejected},
      {"resyncs", source.resyncs},
      {"reconnects", source.reconnects},
      {"last_error", source.last_error},
  };
}

}  // namespace

json::value describe_sources(const watcher::Snapshot& snapshot,
                             const std::vector<watcher::SourceStatus>& sources,
                             TimePoint now) {
  json::array described;
  for (const auto& source : sources) described.push_back(describe(source, now));
  return json::object{{"generation", snapshot.generation},
                      {"synced", snapshot.synced},
                      {"restored", snapshot.restored},
                      {"tasks", snapshot.tasks.size()},
                      {"vips", snapshot.vips.size()},
                      {"sources", std::move(described)}};
}

}  // namespace admin
