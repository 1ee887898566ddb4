#include "minimarathon/app_fields.h"

#include <fmt/format.h>

#include <utility>

namespace minimarathon {

namespace json = boost::json;

void Problem::report(std::string path, std::string_view error, DocumentFault fault) {
  if (found()) return;
  path_ = std::move(path);
  error_ = error;
  fault_ = fault;
}

const json::value* Fields::find(std::string_view key) const {
  const auto* value = object_->if_contains(key);
  return value && !value->is_null() ? value : nullptr;
}

std::string Fields::text(std::string_view key, std::string_view otherwise) const {
  const auto* value = find(key);
  if (!value) return std::string(otherwise);
  if (const auto* string = value->if_string()) return {string->data(), string->size()};
  mistyped(key, "error.expected.jsstring");
  return std::string(otherwise);
}

bool Fields::flag(std::string_view key, bool otherwise) const {
  const auto* value = find(key);
  if (!value) return otherwise;
  if (const auto* flag = value->if_bool()) return *flag;
  mistyped(key, "error.expected.jsboolean");
  return otherwise;
}

double Fields::number(std::string_view key, double otherwise, double most) const {
  const auto* value = find(key);
  if (!value) return otherwise;
  if (!value->is_number()) {
    mistyped(key, "error.expected.jsnumber");
    return otherwise;
  }
  const auto number = value->to_number<double>();
  if (number >= 0 && number <= most) return number;
  wrong(key, number < 0 ? "must not be negative" : fmt::format("must be at most {}", most));
  return otherwise;
}

const json::array& Fields::list(std::string_view key) const {
  static const json::array kNone;
  const auto* value = find(key);
  if (!value) return kNone;
  if (const auto* array = value->if_array()) return *array;
  mistyped(key, "error.expected.jsarray");
  return kNone;
}

std::vector<std::string> Fields::texts(std::string_view key) const {
  std::vector<std::string> texts;
  for (const json::value& element : list(key)) {
    if (element.is_string())
      texts.emplace_back(element.get_string());
    else
      mistyped(fmt::format("{}({})", key, texts.size()), "error.expected.jsstring");
  }
  return texts;
}

const json::object& Fields::object(std::string_view key) const {
  static const json::object kNone;
  const auto* value = find(key);
  if (!value) return kNone;
  if (const auto* object = value->if_object()) return *object;
  mistyped(key, "error.expected.jsobject");
  return kNone;
}

Fields Fields::inside(std::string_view key) const {
  return {object(key), *problem_, fmt::format("{}/{}", path_, key)};
}

std::vector<Fields> Fields::each(std::string_view key) const {
  std::vector<Fields> readers;
  for (const json::value& element : list(key)) {
    const std::string place = fmt::format("{}({})", key, readers.size());
    if (element.is_object())
      readers.emplace_back(element.get_object(), *problem_, fmt::format("{}/{}", path_, place));
    else
      mistyped(place, "error.expected.jsobject");
  }
  return readers;
}

void Fields::wrong(std::string_view key, std::string_view why) const {
  problem_->report(fmt::format("{}/{}", path_, key), why, DocumentFault::Value);
}

void Fields::mistyped(std::string_view key, std::string_view why) const {
  problem_->report(fmt::format("{}/{}", path_, key), why, DocumentFault::Type);
}

}  // namespace minimarathon
