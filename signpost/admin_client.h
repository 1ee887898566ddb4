#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/result.h"
#include "http/message.h"
#include "signpost/desk.h"

namespace signpost {

/// Asks a running Signpost and returns the JSON it answers with. Errors: nobody answers there, it
/// is not who the certificates say, what answers is no Signpost, or what it says it refuses.
common::Expected<boost::json::object> ask_admin(const Desk& desk,
                                                std::string_view path,
                                                http::Request request = {});

/// The same for a page that is no JSON.
common::Expected<std::string> ask_admin_text(const Desk& desk, std::string_view path);

// Members of what it answered, which are there.
std::string_view text(const boost::json::object& object, std::string_view key);
std::uint64_t number(const boost::json::object& object, std::string_view key);

}  // namespace signpost
