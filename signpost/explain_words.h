#pragma once

#include <boost/json/object.hpp>
#include <string>

/// What /v1/explain says, in words for a terminal. Pure.
namespace signpost {

std::string endpoints_in_words(const boost::json::object& explained);
std::string name_in_words(const boost::json::object& explained);
std::string vip_in_words(const boost::json::object& explained);

}  // namespace signpost
