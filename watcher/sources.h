#pragma once

#include <memory>
#include <vector>

#include "config/settings.h"
#include "watcher/source.h"

namespace boost::asio {
class io_context;
}

namespace watcher {

/// Every source the settings ask for, not started yet. A new kind of source is one line here.
std::vector<std::unique_ptr<Source>> make_sources(boost::asio::io_context& io,
                                                  const config::Settings& settings,
                                                  const BatchSink& sink);

}  // namespace watcher
