#pragma once

#include <memory>

#include "config/settings.h"
#include "watcher/source.h"

namespace boost::asio {
class io_context;
}

namespace watcher {

/// Follows a Marathon through its event bus and REST API. See watcher/marathon/README.md.
/// URLs that cannot be read are reported and left out.
std::unique_ptr<Source> make_marathon_source(boost::asio::io_context& io,
                                             const config::Marathon& options,
                                             BatchSink sink);

}  // namespace watcher
