#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "watcher/task.h"

/// Tolerant looks into JSON that others wrote: what is absent, null or of another type is simply
/// not there. Where a wrong type must be refused, ask find() and judge.
namespace watcher::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

/// Parses a text whose root must be an object and hands it to `use`; the object lives until `use`
/// returns. Invalid UTF-8 inside strings passes: one bad label must not spoil everybody's answer.
/// Errors: InvalidInput with the parser's reason.
common::Expected<void> with_object(std::string_view text,
                                   const std::function<common::Expected<void>(const Object&)>& use);

/// The same for a text whose root must be an array.
common::Expected<void> with_list(std::string_view text,
                                 const std::function<common::Expected<void>(const Array&)>& use);

const Value* find(const Object& object, std::string_view key);      // Null when absent or null.
const Object* member(const Object& object, std::string_view key);   // Null when there is none.
const Array& list(const Object& object, std::string_view key);      // Empty when there is none.
std::string_view text(const Object& object, std::string_view key);  // Empty when there is none.
std::optional<double> number(const Object& object, std::string_view key);
bool is_true(const Object& object, std::string_view key);
Labels labels(const Object& object, std::string_view key);  // Members that are text.

const Object* as_object(const Value& value);               // Null when it is something else.
const Array* as_list(const Value& value);                  // Null when it is something else.
std::string_view as_text(const Value& value);              // Empty when it is something else.
std::optional<std::uint16_t> as_port(const Value& value);  // A whole number from 0 to 65535.

/// The objects among the members of an array, in order; valid as long as the array.
std::vector<const Object*> objects(const Array& array);
/// The same of a member array.
std::vector<const Object*> objects(const Object& object, std::string_view key);

}  // namespace watcher::json
