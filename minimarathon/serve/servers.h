#pragma once

#include <string>
#include <vector>

/// The servers of images.h, one function each. All return the exit status of the process and write
/// errors to stderr.
namespace minimarathon::serve {

int run_simpleservice();
int run_nginx();
int run_stand_in(const std::vector<std::string>& ports);
int run_bridge(const std::vector<std::string>& args);

}  // namespace minimarathon::serve
