#pragma once

#include <boost/json.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "minimarathon/api_error.h"

namespace minimarathon {

/// The first thing found wrong in a document; readers of all its parts share one.
class Problem {
 public:
  bool found() const { return !error_.empty(); }
  void report(std::string path, std::string_view error, DocumentFault fault);
  tl::unexpected<ApiError> error() const { return invalid(path_, error_, fault_); }

 private:
  std::string path_;
  std::string error_;
  DocumentFault fault_{};
};

/// Reads the fields of one JSON object. Absent and null mean the default, as everywhere in
/// Marathon; what is wrong is reported with its place and reads as the default.
class Fields {
 public:
  Fields(const boost::json::object& object, Problem& problem, std::string path = {})
      : object_(&object), problem_(&problem), path_(std::move(path)) {}

  /// Null when the field is absent or null.
  const boost::json::value* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

  std::string text(std::string_view key, std::string_view otherwise = {}) const;
  bool flag(std::string_view key, bool otherwise = false) const;
  /// At least 0.
  double number(std::string_view key,
                double otherwise,
                double most = std::numeric_limits<double>::max()) const;
  template <class Integer>
  Integer integer(std::string_view key,
                  Integer otherwise,
                  Integer most = std::numeric_limits<Integer>::max()) const {
    const double value = number(key, otherwise, static_cast<double>(most));
    if (value == std::floor(value)) return static_cast<Integer>(value);
    mistyped(key, "must be a whole number");
    return otherwise;
  }
  const boost::json::array& list(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;
  const boost::json::object& object(std::string_view key) const;
  /// Readers of an object inside, empty when absent, and of each object in a list.
  Fields inside(std::string_view key) const;
  std::vector<Fields> each(std::string_view key) const;

  const boost::json::object& document() const { return *object_; }

  /// The value is of the right type and yet cannot be.
  void wrong(std::string_view key, std::string_view why) const;

 private:
  void mistyped(std::string_view key, std::string_view why) const;

  const boost::json::object* object_;
  Problem* problem_;
  std::string path_;
};

}  // namespace minimarathon
