#pragma once

#include <string>
#include <vector>

#include "migrate/import.h"

namespace migrate {

/// Reads what marathon-lb is started with: perhaps variables (NAME=VALUE), perhaps `sse` or `poll`,
/// then the arguments of marathon_lb.py.
/// Errors: an unknown argument or variable with the nearest known one, an argument without its
/// value, no group. All of them, one a line.
common::Expected<Import> import_marathon_lb(const std::vector<std::string>& words);

std::vector<Row> marathon_lb_argument_rows();
std::vector<Row> marathon_lb_variable_rows();

}  // namespace migrate
