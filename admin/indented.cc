#include "admin/indented.h"

#include <boost/json/serialize.hpp>

namespace admin {
namespace {

namespace json = boost::json;

void append(const json::value& value, std::size_t depth, std::string& out);

void begin_line(std::size_t depth, bool first, std::string& out) {
  if (!first) out += ',';
  out += '\n';
  out.append(depth, ' ');
}

void append(const json::object& object, std::size_t depth, std::string& out) {
  if (object.empty()) {
    out += "{}";
    return;
  }
  out += '{';
  bool first = true;
  for (const auto& [key, value] : object) {
    begin_line(depth + 1, std::exchange(first, false), out);
    out += json::serialize(key) + ": ";
    append(value, depth + 1, out);
  }
  out += '\n';
  out.append(depth, ' ').append("}");
}

void append(const json::array& array, std::size_t depth, std::string& out) {
  if (array.empty()) {
    out += "[]";
    return;
  }
  out += '[';
  bool first = true;
  for (const json::value& value : array) {
    begin_line(depth + 1, std::exchange(first, false), out);
    append(value, depth + 1, out);
  }
  out += '\n';
  out.append(depth, ' ').append("]");
}

void append(const json::value& value, std::size_t depth, std::string& out) {
  if (value.is_object()) {
    append(value.get_object(), depth, out);
  } else if (value.is_array()) {
    append(value.get_array(), depth, out);
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string indented(const json::value& value) {
  std::string out;
  append(value, 0, out);
  return out;
}

}  // namespace admin
