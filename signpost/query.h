#pragma once

#include <string>

#include "common/result.h"
#include "signpost/desk.h"

namespace signpost {

struct QueryOptions {
  std::string name;
  std::string type;    // Empty: usual_type().
  std::string server;  // ADDRESS[:PORT]; empty: where the dnsd of the running Signpost listens.
};

/// Asks a DNS server as a client does, and returns what it answers, in the form of master files or
/// as JSON. Errors: what is asked for makes no sense, or nobody answers.
common::Expected<std::string> query(const Desk& desk, const QueryOptions& options);

}  // namespace signpost
