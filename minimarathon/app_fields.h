#pragma once

#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "minimarathon/api_error.h"

namespace minimarathon {

/// Reads fields of one JSON object and remembers the first that is wrong, with its place. Absent
/// and null mean the default, as everywhere in Marathon.
class Fields {
 public:
  Fields(const boost::json::object& object, std::string path)
      : object_(object), path_(std::move(path)) {}

  const boost::json::value* find(std::string_view key) const {
    const auto* value = object_.if_contains(key);
    return value && !value->is_null() ? value : nullptr;
  }

  std::string text(std::string_view key, std::string_view otherwise = {}) {
    const auto* value = find(key);
    if (!value) return std::string(otherwise);
    if (const auto* string = value->if_string()) return {string->data(), string->size()};
    wrong(key, "must be a string");
    return {};
  }

  bool flag(std::string_view key, bool otherwise = false) {
    const auto* value = find(key);
    if (!value) return otherwise;
    if (const auto* flag = value->if_bool()) return *flag;
    wrong(key, "must be true or false");
    return otherwise;
  }

  double number(std::string_view key,
                double otherwise,
                double most = std::numeric_limits<double>::max()) {
    const auto* value = find(key);
    if (!value) return otherwise;
    boost::json::error_code error;
    const auto number = value->to_number<double>(error);
    if (error)
      wrong(key, "must be a number");
    else if (number < 0 || number > most)
      wrong(key, "is out of range");
    return error ? otherwise : number;
  }

  template <class Integer>
  Integer integer(std::string_view key,
                  Integer otherwise,
                  Integer most = std::numeric_limits<Integer>::max()) {
    const double value = number(key, otherwise, static_cast<double>(most));
    if (value != std::floor(value)) wrong(key, "must be a whole number");
    return failed() ? otherwise : static_cast<Integer>(value);
  }

  const boost::json::array& list(std::string_view key) {
    static const boost::json::array kNone;
    const auto* value = find(key);
    if (!value) return kNone;
    if (const auto* array = value->if_array()) return *array;
    wrong(key, "must be a list");
    return kNone;
  }

  const boost::json::object& object(std::string_view key) {
    static const boost::json::object kNone;
    const auto* value = find(key);
    if (!value) return kNone;
    if (const auto* object = value->if_object()) return *object;
    wrong(key, "must be an object");
    return kNone;
  }

  /// Each element of a list as an object; others are wrong.
  std::vector<const boost::json::object*> objects(std::string_view key) {
    std::vector<const boost::json::object*> found;
    for (const auto& element : list(key)) {
      if (const auto* object = element.if_object())
        found.push_back(object);
      else
        wrong(key, "must be a list of objects");
    }
    return found;
  }

  void wrong(std::string_view key, std::string_view why) {
    if (failed()) return;
    error_path_ = path_ + "/" + std::string(key);
    error_ = why;
  }
  /// Takes over what another object's reader found wrong.
  void take_error(const Fields& inner) {
    if (failed() || !inner.failed()) return;
    error_path_ = inner.error_path_;
    error_ = inner.error_;
  }
  bool failed() const { return !error_.empty(); }
  tl::unexpected<ApiError> error() const { return invalid(error_path_, error_); }
  const std::string& path() const { return path_; }

 private:
  const boost::json::object& object_;
  std::string path_;
  std::string error_path_;
  std::string error_;
};

}  // namespace minimarathon
