#include "config/load.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <map>
#include <set>

#include "config/nearest.h"
#include "config/schema.h"
#include "config/yaml_document.h"

namespace config {
namespace {

using common::ErrorCode;
using common::fail;

constexpr std::size_t kMaxFile = 1 << 20;
constexpr int kMaxDepth = 3;  // File, section, option, item: what lies deeper is refused anyway.

Value value_of(const YAML::Node& node, int line, int depth) {
  Value value{.line = line, .key = {}, .text = {}, .children = {}};
  if (node.IsScalar()) {
    value.kind = Value::Kind::Scalar;
    value.text = node.Scalar();
  } else if (node.IsSequence()) {
    value.kind = Value::Kind::List;
  } else if (node.IsMap()) {
    value.kind = Value::Kind::Map;
  }
  if (depth == kMaxDepth) return value;
  for (const auto& child : node) {
    const YAML::Node place = node.IsMap() ? child.first : child;
    const YAML::Node content = node.IsMap() ? child.second : child;
    value.children.push_back(value_of(content, place.Mark().line + 1, depth + 1));
    if (node.IsMap()) value.children.back().key = place.Scalar();
  }
  return value;
}

/// Reads what a file says into settings and collects what is wrong with it.
class Reader {
 public:
  Reader(std::string_view origin, Settings& settings) : origin_(origin), settings_(settings) {}

  void read(const Value& file);
  void complain(int line, std::string text) { errors_.push_back({line, std::move(text)}); }
  std::string errors();  // One a line, in the order of the file; empty when all is well.

 private:
  void refuse_duplicates(const Value& map, const std::string& path);
  void read_section(const Value& value);
  void read_option(const Option& option, const Value& value);
  void refuse_unknown(const Value& value, const std::string& key, std::string_view what);
  void check(const Relation& relation);
  std::string with_value(std::string_view key) const;
  const Option* find(std::string_view key) const;

  const std::string origin_;
  Settings& settings_;
  const std::vector<Section> schema_ = schema();
  std::map<std::string, int, std::less<>> lines_;  // Where the file gives an option.
  std::set<std::string, std::less<>> wrong_;       // Options with an error of their own.
  std::vector<Complaint> errors_;
};

std::string Reader::errors() {
  const auto before = [](const Complaint& a, const Complaint& b) { return a.line < b.line; };
  std::stable_sort(errors_.begin(), errors_.end(), before);
  std::string lines;
  for (const auto& [line, text] : errors_) {
    lines += fmt::format("{}{}:{}: {}", lines.empty() ? "" : "\n", origin_, line, text);
  }
  return lines;
}

void Reader::read(const Value& file) {
  if (file.kind == Value::Kind::Nothing) return;
  if (file.kind != Value::Kind::Map) {
    return complain(file.line, "expected sections such as dns: with options below them");
  }
  refuse_duplicates(file, "");
  for (const Value& value : file.children) read_section(value);
  for (const Relation& relation : relations()) check(relation);
}

void Reader::refuse_duplicates(const Value& map, const std::string& path) {
  std::map<std::string_view, int> seen;
  for (const Value& child : map.children) {
    const std::string name = path + child.key;
    const auto [first, is_new] = seen.emplace(child.key, child.line);
    if (map.kind == Value::Kind::Map && !is_new) {
      complain(child.line, fmt::format("{} is given twice, first in line {}", name, first->second));
    }
    refuse_duplicates(child, name + ".");
  }
}

void Reader::read_section(const Value& value) {
  const auto is_named = [&](const Section& section) { return section.name == value.key; };
  const auto section = std::find_if(schema_.begin(), schema_.end(), is_named);
  if (section == schema_.end()) return refuse_unknown(value, value.key, "a section");
  if (value.kind == Value::Kind::Nothing) return;
  if (value.kind != Value::Kind::Map) {
    return complain(value.line,
                    value.key + ": expected options such as " +
                        std::string(section->options.front().name()) + ": below it");
  }
  for (const Value& child : value.children) {
    const std::string key = value.key + "." + child.key;
    if (const Option* option = find(key)) {
      read_option(*option, child);
    } else {
      refuse_unknown(child, key, "an option");
    }
  }
}

void Reader::read_option(const Option& option, const Value& value) {
  lines_.emplace(option.key, value.line);
  for (const Complaint& complaint : option.read(value, settings_)) {
    wrong_.insert(option.key);
    complain(complaint.line, option.key + ": " + complaint.text);
  }
}

void Reader::refuse_unknown(const Value& value, const std::string& key, std::string_view what) {
  std::vector<std::string> known;
  for (const Section& section : schema_) {
    if (what == "a section") known.push_back(section.name);
    for (const Option& option : section.options) known.push_back(option.key);
  }
  const auto meant = nearest(key, known);
  const std::string hint = meant ? "; did you mean " + *meant + "?" : "";
  complain(value.line, fmt::format("{} is not {}{}", key, what, hint));
}

void Reader::check(const Relation& relation) {
  int line = 0;
  for (const std::string_view key : relation.keys) {
    if (wrong_.contains(key)) return;  // It has been complained about.
    const auto given = lines_.find(key);
    if (line == 0 && given != lines_.end()) line = given->second;
  }
  if (relation.holds(settings_)) return;
  std::string text = with_value(relation.keys.front()) + " " + std::string(relation.words);
  if (relation.keys.size() == 2) text += " " + with_value(relation.keys.back());
  complain(line, text);
}

std::string Reader::with_value(std::string_view key) const {
  return fmt::format("{} ({})", key, find(key)->print(settings_));
}

const Option* Reader::find(std::string_view key) const {
  for (const Section& section : schema_) {
    for (const Option& option : section.options) {
      if (option.key == key) return &option;
    }
  }
  return nullptr;
}

/// The file as one value.
common::Expected<Value> parse_yaml(std::string_view text, std::string_view origin) {
  const auto root = parse_yaml_document(text);
  if (!root) return fail(root.error().code, fmt::format("{}:{}", origin, root.error().message));
  return value_of(*root, root->Mark().line + 1, 0);
}

}  // namespace

Settings defaults() {
  Settings settings;
  for (const Section& section : schema()) {
    for (const Option& option : section.options) option.reset(settings);
  }
  return settings;
}

common::Expected<Settings> parse(std::string_view text, std::string_view origin) {
  const auto file = parse_yaml(text, origin);
  if (!file) return tl::unexpected(file.error());
  Settings settings = defaults();
  Reader reader(origin, settings);
  reader.read(*file);
  const std::string errors = reader.errors();
  if (!errors.empty()) return fail(ErrorCode::InvalidInput, errors);
  return settings;
}

common::Expected<Settings> load(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxFile + 1, '\0');
  if (file) file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.is_open() || file.bad()) return common::fail_errno("cannot read " + path, errno);
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxFile) {
    return fail(ErrorCode::InvalidInput, path + " is larger than 1 MiB: not a configuration");
  }
  return parse(text, path);
}

}  // namespace config
