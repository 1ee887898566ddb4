#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "common/log.h"
#include "common/result.h"
#include "http/message.h"
#include "watcher/source.h"

/// What a follower wants done. Answers come back through its inputs.
namespace watcher {

using TimePoint = std::chrono::steady_clock::time_point;

/// An HTTP answer, or why there is none.
using Answer = common::Expected<http::Response>;

struct OpenStream {  // There is at most one stream; a new one takes the place of the old.
  http::Url url;
  http::Request request;
  bool vouched = false;  // A peer we trust named this host: it may see our credentials.
};
struct Disconnect {};  // Drops the stream and every question: nothing more may be heard of them.
struct Get {
  std::uint64_t id = 0;
  http::Url url;
  http::Request request;
  std::chrono::milliseconds timeout{};
  bool vouched = false;  // As above.
};
struct Resolve {
  std::string host;
};
struct Deliver {
  Batch batch;
};
struct Log {
  common::log::Level level = common::log::Level::Info;
  std::string line;
};
using Action = std::variant<OpenStream, Disconnect, Get, Resolve, Deliver, Log>;

}  // namespace watcher
