#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/ip.h"
#include "dnsd/zone/naming.h"
#include "watcher/task.h"

namespace dnsd {

/// Tells at a glance which tasks cannot bear a name, so that the schemes need not be run over all
/// tasks there are. It knows one thing of them: a task's names have what the task is called as
/// their first label, or behind "_port". For one call.
class Bearers {
 public:
  /// name  in wire form and lower case; outlives this
  Bearers(std::string_view name, const Naming& naming);

  /// False only when no scheme gives the name to the task. Cost: a probe, where the texts of the
  /// task were met before.
  bool may_be(const watcher::Task& task);
  /// Does the name stand for an address?
  bool is_reverse() const { return address_.has_value(); }

 private:
  bool begins_as(const std::string& called) const;

  config::LabelRule rule_;
  std::optional<common::IpAddress> address_;
  std::vector<std::string_view> beginnings_;
  bool may_be_cut_ = false;
  std::unordered_map<const std::string*, bool> met_;
};

}  // namespace dnsd
