#include "minimarathon/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "common/log.h"

namespace minimarathon {
namespace {

constexpr std::pair<std::string_view, std::string_view> kBuiltIn[] = {
    {"mhausenblas/simpleservice", "simpleservice"},
    {"nginx", "nginx"},
};

/// "nginx:1.9" and "nginx@sha256:..." are nginx, "nginx-exporter" is not.
bool is_image(std::string_view image, std::string_view name) {
  if (!image.starts_with(name)) return false;
  return image.size() == name.size() || image[name.size()] == ':' || image[name.size()] == '@';
}

std::vector<std::string> shell(const std::string& command) { return {"/bin/sh", "-c", command}; }

/// "tcp", "udp", or both.
std::vector<std::string> protocols_of(const AppPort& port) {
  if (port.protocol == "udp,tcp") return {"udp", "tcp"};
  return {port.protocol};
}

}  // namespace

std::vector<std::string> CommandTable::command_for(const Instance& instance) {
  const App& app = *instance.app;
  if (!app.cmd.empty()) return contained(instance, shell(app.cmd));
  if (app.image.empty()) return contained(instance, app.args);
  return image_command(instance);
}

std::vector<std::string> CommandTable::image_command(const Instance& instance) {
  const std::string& image = instance.app->image;
  // The longest prefix wins: it is the last that sorts before the image.
  for (auto mapped = images_.rbegin(); mapped != images_.rend(); ++mapped) {
    if (image.starts_with(mapped->first)) return shell(mapped->second);
  }
  for (const auto& [name, server] : kBuiltIn) {
    if (is_image(image, name)) return {executable_, "serve", std::string(server)};
  }
  return stand_in(instance);
}

std::vector<std::string> CommandTable::stand_in(const Instance& instance) {
  constexpr std::size_t kMaxRemembered = 1000;
  const std::string& image = instance.app->image;
  if (stood_in_.size() >= kMaxRemembered) stood_in_.clear();
  if (stood_in_.insert(image).second) {
    common::log::info(
        "image={} has no command here and is played by a stand-in that answers on every port; map "
        "it in minimarathon.images",
        image);
  }
  std::vector<std::string> command{executable_, "serve", "stand-in"};
  for (std::size_t i = 0; i < instance.bound_ports.size(); ++i) {
    for (const std::string& protocol : protocols_of(instance.app->ports[i])) {
      command.push_back(fmt::format("{}/{}", instance.bound_ports[i], protocol));
    }
  }
  return command;
}

/// A cmd in a container listens on its container ports: it gets a network where they are its own.
std::vector<std::string> CommandTable::contained(const Instance& instance,
                                                 std::vector<std::string> command) const {
  const std::vector<AppPort>& ports = instance.app->ports;
  const auto is_fixed = [](const AppPort& port) { return port.container_port != 0; };
  if (std::none_of(ports.begin(), ports.end(), is_fixed)) return command;
  std::vector<std::string> wrapped{executable_, "serve", "bridge"};
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::uint16_t outside = instance.bound_ports[i];
    const std::uint16_t inside = is_fixed(ports[i]) ? ports[i].container_port : outside;
    for (const std::string& protocol : protocols_of(ports[i])) {
      wrapped.push_back(
          fmt::format("{}:{}:{}/{}", instance.address.to_string(), outside, inside, protocol));
    }
  }
  wrapped.emplace_back("--");
  std::move(command.begin(), command.end(), std::back_inserter(wrapped));
  return wrapped;
}

}  // namespace minimarathon
