#pragma once

#include <memory>

#include "config/settings.h"
#include "watcher/source.h"

namespace boost::asio {
class io_context;
}

namespace watcher {

/// Follows a Mesos cluster through the operator API of its masters, or their /state. See
/// watcher/mesos/README.md. URLs that cannot be read are reported and left out.
std::unique_ptr<Source> make_mesos_source(boost::asio::io_context& io,
                                          const config::Mesos& options,
                                          BatchSink sink);

}  // namespace watcher
