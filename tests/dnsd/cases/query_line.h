#pragma once

#include <span>
#include <string>

#include "common/result.h"
#include "dnsd/query/respond.h"
#include "tests/dnsd/message.h"

namespace dnsd::testing {

struct QueryLine {
  QuerySpec spec;
  Transport transport = Transport::Udp;
  common::IpAddress client;
};

/// "web.marathon.mesos. A tcp edns=4096": name, type, then how it is asked.
common::Expected<QueryLine> parse_query_line(std::span<const std::string> words);

}  // namespace dnsd::testing
