#pragma once

#include <string>
#include <string_view>

#include "watcher/follow/action.h"

namespace watcher {

/// One item of an answer or record that made no sense and was left out.
struct Rejection {
  std::string what;  // "task web.1b2c of /web"
  std::string why;
};

/// Parses the body of a 200; everything else becomes an Error.
template <class Parsed>
common::Expected<Parsed> read(const Answer& answer,
                              common::Expected<Parsed> (*parse)(std::string_view body)) {
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status == 200) return parse(answer->body);
  return common::fail(common::ErrorCode::Unavailable,
                      "it answers " + std::to_string(answer->status));
}

}  // namespace watcher
