#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace minimarathon {

/// The servers that stand in for Docker images, run as `signpost serve NAME [ARG…]` inside a task:
///   simpleservice  mhausenblas/simpleservice: /endpoint0, /health, /info and /env on PORT0,
///   default
///                  9876; reads SIMPLE_SERVICE_VERSION, HEALTH_MIN and HEALTH_MAX
///   nginx          a welcome page of our own on PORT0, default 80
///   stand-in       `stand-in 31000/tcp 31001/udp`: answers HTTP with the task's id on every TCP
///                  port, echoes on every UDP port; without arguments on every port of PORTS as TCP
///   bridge         `bridge 127.0.0.2:31000:8080/tcp 127.0.0.2:31001:53/udp -- COMMAND…`: gives a
///                  command a network of its own, with nothing but a loopback in it, and relays
///                  HOST-ADDRESS:HOST-PORT:CONTAINER-PORT into it. A TCP host port refuses
///                  connections for as long as the container port does. Becomes the command, so
///                  signals and exit status are the command's own. Where the kernel refuses a
///                  network, says so once on stderr and relays within ours.
///
/// The first three listen on the address in HOST, inside a bridge on its container ports, and name
/// the task that answers in X-Task-Id. Each ends on SIGTERM like a well-behaved server: goes on
/// accepting for 1 s at most, answers `Connection: close`, ends when nothing has come for 0.3 s and
/// nothing is being answered, after 2.5 s in any case. DRAIN_SECONDS in the environment takes the
/// place of these 2.5 s, an eighth of it that of the 0.3 s. Returns the process's exit status.
/// Errors go to stderr.
int serve_image(std::string_view name, const std::vector<std::string>& args);

}  // namespace minimarathon
