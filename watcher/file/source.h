#pragma once

#include <chrono>
#include <memory>

#include "config/settings.h"
#include "watcher/source.h"

namespace boost::asio {
class io_context;
}

namespace watcher {

/// Follows a file of services. See watcher/file/README.md and docs/file-source.md.
/// Reads and parses on a thread of its own: a large file takes seconds.
///
/// look  how often the file is looked at though nothing told of a change
std::unique_ptr<Source> make_file_source(boost::asio::io_context& io,
                                         const config::File& options,
                                         BatchSink sink,
                                         std::chrono::milliseconds look = std::chrono::seconds(2));

}  // namespace watcher
