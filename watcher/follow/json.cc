#include "watcher/follow/json.h"

#include <boost/json.hpp>

namespace watcher::json {

namespace {

common::Expected<void> with_root(std::string_view text,
                                 const std::function<common::Expected<void>(const Value&)>& use) {
  boost::json::parse_options options;
  options.max_depth = 256;  // Deployment events of old versions nest groups in groups.
  options.allow_invalid_utf8 = true;
  boost::json::monotonic_resource memory;
  boost::json::error_code error;
  const Value root = boost::json::parse(text, error, &memory, options);
  if (error) return common::fail(common::ErrorCode::InvalidInput, "no JSON: " + error.message());
  return use(root);
}

}  // namespace

common::Expected<void> with_object(
    std::string_view text, const std::function<common::Expected<void>(const Object&)>& use) {
  return with_root(text, [&](const Value& root) -> common::Expected<void> {
    if (root.is_object()) return use(root.get_object());
    return common::fail(common::ErrorCode::InvalidInput, "the JSON is no object");
  });
}

common::Expected<void> with_list(std::string_view text,
                                 const std::function<common::Expected<void>(const Array&)>& use) {
  return with_root(text, [&](const Value& root) -> common::Expected<void> {
    if (root.is_array()) return use(root.get_array());
    return common::fail(common::ErrorCode::InvalidInput, "the JSON is no array");
  });
}

const Value* find(const Object& object, std::string_view key) {
  const Value* value = object.if_contains(key);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const Object* member(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  return value == nullptr ? nullptr : value->if_object();
}

const Array& list(const Object& object, std::string_view key) {
  static const Array kNone;
  const Value* value = find(object, key);
  return value == nullptr || !value->is_array() ? kNone : value->get_array();
}

std::string_view text(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  return value == nullptr ? std::string_view() : as_text(*value);
}

std::optional<double> number(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

bool is_true(const Object& object, std::string_view key) {
  const Value* value = find(object, key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

Labels labels(const Object& object, std::string_view key) {
  Labels labels;
  const Object* members = member(object, key);
  if (members == nullptr) return labels;
  for (const auto& [name, value] : *members) {
    if (value.is_string()) labels.emplace(std::string_view(name), as_text(value));
  }
  return labels;
}

const Object* as_object(const Value& value) { return value.if_object(); }
const Array* as_list(const Value& value) { return value.if_array(); }

std::string_view as_text(const Value& value) {
  const boost::json::string* text = value.if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

std::optional<std::uint16_t> as_port(const Value& value) {
  boost::json::error_code error;
  const auto port = value.to_number<std::uint16_t>(error);
  return error ? std::nullopt : std::optional(port);
}

std::vector<const Object*> objects(const Array& array) {
  std::vector<const Object*> found;
  for (const Value& value : array) {
    if (const Object* object = value.if_object()) found.push_back(object);
  }
  return found;
}

std::vector<const Object*> objects(const Object& object, std::string_view key) {
  return objects(list(object, key));
}

}  // namespace watcher::json
