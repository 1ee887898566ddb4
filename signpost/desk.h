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

/// The options of all commands that ask there.
void add_desk(CLI::App& command, Desk& desk);

}  // namespace signpost
