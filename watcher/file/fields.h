#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "watcher/file/parse.h"

/// Private to watcher/file/: reads values out of YAML and collects what is wrong with them. Heavy.
namespace watcher::file {

/// What was found wrong so far.
class Complaints {
 public:
  /// Precondition: `place` is a node of the file.
  void add(const YAML::Node& place, std::string text);
  std::size_t count() const { return count_; }
  std::vector<Complaint> take() { return std::move(kept_); }

 private:
  std::vector<Complaint> kept_;
  std::size_t count_ = 0;
};

/// A mapping whose keys are all known. Complains about those that are not, or stand there twice.
class Fields {
 public:
  /// what  the thing described, for complaints: "a service"
  Fields(const YAML::Node& map,
         std::string_view what,
         const std::vector<std::string>& known,
         Complaints& complaints);

  /// Empty when the key is absent or has no value.
  std::optional<YAML::Node> find(std::string_view key) const;

 private:
  std::map<std::string, YAML::Node, std::less<>> values_;
};

// Each complains and returns nothing when the node is something else.
std::optional<std::string> read_text(const YAML::Node& node, Complaints& complaints);
std::optional<std::uint16_t> read_port_number(const YAML::Node& node, Complaints& complaints);
Labels read_labels(const YAML::Node& node, Complaints& complaints);

/// The items of a list; a single value counts as a list of one.
std::vector<YAML::Node> items_of(const YAML::Node& node);

/// "; did you mean X?" when one of the words is near, else empty.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace watcher::file
