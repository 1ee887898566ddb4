#pragma once

#include <string>

#include "http/tls.h"

namespace CLI {
class App;
}

namespace signpost {

/// Where a running Signpost is asked, and how both sides know each other.
struct Desk {
  std::string admin = "http://127.0.0.1:8181";
  http::TlsFiles tls = {};  // Where `admin` is https.
  std::string token_file;   // Needed by all that change something.
  bool as_json = false;
};

/// The heading in --help of what add_desk() adds: who prints commands tells these options once.
constexpr const char* kAskingOptions = "Options to ask a running Signpost";

/// The options of all commands that ask there.
void add_desk(CLI::App& command, Desk& desk);

}  // namespace signpost
