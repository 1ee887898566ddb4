#pragma once

#include <span>
#include <string>

#include "common/result.h"
#include "watcher/member.h"

namespace dnsd::testing {

/// The words of a `member` line: leader|master|agent|framework, its name, its addresses with a
/// port or without, or "gone".
common::Expected<watcher::Member> parse_member(std::span<const std::string> words);

}  // namespace dnsd::testing
