#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "minimarathon/serve/listen.h"

namespace minimarathon::serve {

/// One port of a bridge: "127.0.0.2:31000:8080/tcp".
struct PortMapping {
  Listen outside;
  std::uint16_t inside = 0;

  static common::Expected<PortMapping> parse(std::string_view text);
};

/// The arguments of a bridge: mappings, "--", command.
struct BridgeArguments {
  std::vector<PortMapping> mappings;
  std::vector<std::string> command;

  static common::Expected<BridgeArguments> parse(const std::vector<std::string>& args);
};

}  // namespace minimarathon::serve
