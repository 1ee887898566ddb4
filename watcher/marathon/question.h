#pragma once

#include <cstdint>
#include <string>

#include "http/message.h"
#include "watcher/marathon/model.h"

namespace watcher::marathon {

enum class Subject : std::uint8_t { Leader, Everything, App, Group, Version };

/// Something asked of Marathon's REST API.
struct Question {
  Subject subject = Subject::Everything;
  Kind kind = Kind::App;     // Of Everything, App and Version.
  std::string id = {};       // Of the app or group.
  std::string version = {};  // Of Subject::Version.
  TimePoint heard = {};      // When the first byte arrived that made us ask.
  std::uint64_t stamp = 0;   // Of the inventory when it was sent.
};

/// Path and query of the question, e.g. "/v2/apps/shop/cart?embed=apps.tasks".
std::string path_of(const Question& question);

/// 404: what was asked about does not exist.
bool is_absent(const Answer& answer);
/// The server does not know the resource at all: too old for it.
bool is_unheard_of(const Answer& answer);

}  // namespace watcher::marathon
