#include "watcher/sources.h"

#include "watcher/marathon/source.h"

namespace watcher {

std::vector<std::unique_ptr<Source>> make_sources(boost::asio::io_context& io,
                                                  const config::Settings& settings,
                                                  const BatchSink& sink) {
  std::vector<std::unique_ptr<Source>> sources;
  if (!settings.marathon.urls.empty()) {
    sources.push_back(make_marathon_source(io, settings.marathon, sink));
  }
  return sources;
}

}  // namespace watcher
