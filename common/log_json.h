#pragma once

#include <string>
#include <string_view>

namespace common::log {

/// The members that a line of the log becomes in JSON, from "msg" to the closing brace:
///   session vip=cart:80 tries=1 why="no \"room\""
///   "msg":"session","vip":"cart:80","tries":1,"why":"no \"room\""}
/// A value in double quotes may hold blanks, \" and \\; a plain decimal number becomes a number.
/// What is no key=value is msg; where nothing else is left, msg is the whole line. The first of two
/// equal keys is a member. Octets that are no UTF-8 become U+FFFD. Pure.
std::string json_members(std::string_view line);

}  // namespace common::log
