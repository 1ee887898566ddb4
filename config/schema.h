#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"

namespace config {

/// What a file says in one place, whatever parsed it.
struct Value {
  enum class Kind { Nothing, Scalar, List, Map };
  Kind kind = Kind::Nothing;
  int line = 0;                 // Of the key in a map, of the item in a list.
  std::string key;              // In a map.
  std::string text;             // Of a scalar.
  std::vector<Value> children;  // Of a list or map, in the file's order.
};

/// Something the operator has to mend: "expected a whole number, found 'x'".
struct Complaint {
  int line = 0;
  std::string text;
};

/// One option, its type erased. Made by a row in rows/.
struct Option {
  std::string key;      // "dns.ttl": the path of its member in Settings.
  std::string type;     // "duration, 1s to 1h", "list of address:port"
  std::string text;     // One or more sentences.
  bool reloads = true;  // A running process takes up changes, unless its section says no.

  std::function<void(Settings&)> reset;  // To the default.
  /// Writes the value into the settings, unless there is something to complain about.
  std::function<std::vector<Complaint>(const Value&, Settings&)> read;
  /// As YAML on one line.
  std::function<std::string(const Settings&)> print;

  std::string_view name() const { return std::string_view(key).substr(key.find('.') + 1); }
};

struct Section {
  std::string name;  // "dns"
  std::string text;
  std::vector<Option> options;
  bool reloads = true;  // A running process takes up changes.
};

/// What must hold between options; blamed on the first of `keys` that the file gives.
struct Relation {
  std::vector<std::string_view> keys;  // One, or two that are compared.
  std::string_view words;              // "must be at most": stands between the two
  bool (*holds)(const Settings&) = nullptr;
};

/// All there is to configure, in the order of print() and reference().
std::vector<Section> schema();
std::vector<Relation> relations();

}  // namespace config
