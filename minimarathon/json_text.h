#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace minimarathon {

/// JSON as people write it: Boost would make "1E-1" of 0.1.
std::string to_text(const boost::json::value& value);

}  // namespace minimarathon
