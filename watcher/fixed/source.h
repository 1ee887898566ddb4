#pragma once

#include <memory>
#include <span>
#include <vector>

#include "config/settings.h"
#include "watcher/source.h"

namespace boost::asio {
class io_context;
}

namespace watcher {

/// The VIPs that the configuration itself lists, as tasks: one for each backend, with a port that
/// has the VIP as its label. Pure.
std::vector<Task> fixed_tasks(std::span<const config::FixedVip> vips);

/// Tells those tasks once.
std::unique_ptr<Source> make_fixed_source(boost::asio::io_context& io,
                                          const std::vector<config::FixedVip>& vips,
                                          BatchSink sink);

}  // namespace watcher
