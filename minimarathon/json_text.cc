#include "minimarathon/json_text.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace minimarathon {
namespace {

namespace json = boost::json;

void append(const json::value& value, std::string& out);

void append(const json::array& array, std::string& out) {
  const char* before = "";
  out += '[';
  for (const json::value& element : array) {
    out += std::exchange(before, ",");
    append(element, out);
  }
  out += ']';
}

void append(const json::object& object, std::string& out) {
  const char* before = "";
  out += '{';
  for (const auto& [key, value] : object) {
    out += std::exchange(before, ",");
    out += json::serialize(key);
    out += ':';
    append(value, out);
  }
  out += '}';
}

void append(const json::value& value, std::string& out) {
  if (const auto* array = value.if_array()) return append(*array, out);
  if (const auto* object = value.if_object()) return append(*object, out);
  out += value.is_double() ? fmt::format("{}", value.get_double()) : json::serialize(value);
}

}  // namespace

std::string to_text(const json::value& value) {
  std::string out;
  append(value, out);
  return out;
}

}  // namespace minimarathon
