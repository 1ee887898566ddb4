#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "watcher/source.h"

namespace watcher {

/// The URLs of an option; those that cannot be read are reported and left out.
std::vector<http::Url> read_seeds(const std::vector<std::string>& texts,
                                  std::string_view source,
                                  std::string_view option);

/// Stands in for a source that none of the URLs in its option leads to.
std::unique_ptr<Source> make_unreachable(std::string_view source, std::string_view option);

}  // namespace watcher
