#pragma once

#include <cstdint>

namespace bench {

/// How a request begins, in this host's own byte order: load and backend are neighbours. The rest
/// of it, and the answer, are octets without a meaning.
struct Request {
  std::uint32_t bytes = sizeof(Request);  // Of the whole request, these included.
  std::uint32_t answer_bytes = 0;
  std::uint32_t closes = 0;  // Whether the backend ends the connection after its answer.
};

}  // namespace bench
