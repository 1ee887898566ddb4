#pragma once

#include <string>
#include <vector>

#include "common/result.h"
#include "common/unique_fd.h"
#include "signpost/handover/bundle.h"

/// What two processes say to each other in a hand-over, as bytes and descriptors. Pure.
namespace signpost::handover {

/// Raised by whoever changes what is said: processes of two versions don't hand over.
constexpr std::uint16_t kVersion = 1;

/// What is sent; the descriptors are borrowed.
struct Letter {
  std::string bytes;
  std::vector<int> descriptors;
};
/// What has arrived.
struct Received {
  std::string bytes;
  std::vector<common::UniqueFd> descriptors;
};

Letter encode(Bundle& bundle);
Letter encode(Knowledge& knowledge);
/// Errors: InvalidInput when it is cut, too long, or holds what cannot be.
common::Expected<Bundle> decode_bundle(Received from);
common::Expected<Knowledge> decode_knowledge(Received from);

}  // namespace signpost::handover
