#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace admin {

/// JSON with one blank of indentation a level, as Go's json.MarshalIndent(v, "", " ") writes it.
std::string indented(const boost::json::value& value);

}  // namespace admin
