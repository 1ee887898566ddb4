#include "watcher/sources.h"

#include "watcher/file/source.h"
#include "watcher/fixed/source.h"
#include "watcher/marathon/source.h"
#include "watcher/mesos/source.h"

namespace watcher {

std::vector<std::unique_ptr<Source>> make_sources(boost::asio::io_context& io,
                                                  const config::Settings& settings,
                                                  const BatchSink& sink) {
  std::vector<std::unique_ptr<Source>> sources;
  if (!settings.marathon.urls.empty()) {
    sources.push_back(make_marathon_source(io, settings.marathon, sink));
  }
  if (!settings.mesos.masters.empty()) {
    sources.push_back(make_mesos_source(io, settings.mesos, sink));
  }
  if (!settings.file.path.empty()) {
    sources.push_back(make_file_source(io, settings.file, sink));
  }
  if (!settings.vip.fixed.empty()) {
    sources.push_back(make_fixed_source(io, settings.vip.fixed, sink));
  }
  return sources;
}

}  // namespace watcher
