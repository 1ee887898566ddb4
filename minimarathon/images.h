#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minimarathon {

/// The servers that stand in for Docker images, run as `signpost serve NAME [ARG…]` inside a task:
///   simpleservice  mhausenblas/simpleservice (see docs): listens on PORT0, default 9876
///   nginx          the welcome page on PORT0, default 80
///   stand-in       answers on every port of PORTS with the task's id, TCP (HTTP) and UDP (echo)
///   bridge         gives a command a network of its own and relays host ports into it:
///                  `bridge 31000:8080/tcp 31001:53/udp -- COMMAND…`
/// Each ends on SIGTERM like a well-behaved server: goes on accepting until nothing new has come
/// for 300 ms, answers `Connection: close`, ends when idle, after 2.5 s in any case.
/// Returns the process's exit status. Errors go to stderr.
int serve_image(std::string_view name, const std::vector<std::string>& args);

}  // namespace minimarathon
