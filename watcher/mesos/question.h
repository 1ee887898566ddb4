#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.h"
#include "watcher/mesos/model.h"

namespace watcher::mesos {

enum class Subject : std::uint8_t {
  State,       // Everything, of the operator API.
  Agents,      // Which of them drain.
  Frameworks,  // The addresses of schedulers.
  Master,      // The leader's own address.
  Page,        // Everything, of /state; "/state.json" before 0.24.
};

/// Something asked of the leading master, once.
struct Question {
  Subject subject = Subject::State;
  std::uint64_t stamp = 0;  // Of the cluster when it was sent.
};

constexpr std::string_view kOperatorApi = "/api/v1";

/// A call of the operator API, e.g. "GET_AGENTS". Masters refuse any other Accept (406).
http::Request make_call(std::string_view type);
/// GET of a page.
http::Request make_get();

}  // namespace watcher::mesos
