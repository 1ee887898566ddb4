#include "watcher/vips/service_ports.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "common/parse.h"
#include "watcher/vips/host_networks.h"

namespace watcher {
namespace {

std::string key_of(std::size_t index, std::string_view what) {
  return fmt::format("HAPROXY_{}_{}", index, what);
}

bool contains(const std::vector<std::string>& groups, std::string_view group) {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

/// Does a comma-separated list name one of the groups?
bool meets(std::string_view list, const std::vector<std::string>& groups) {
  while (true) {
    const std::size_t comma = list.find(',');
    std::string_view group = list.substr(0, comma);
    while (group.starts_with(' ')) group.remove_prefix(1);
    while (group.ends_with(' ')) group.remove_suffix(1);
    if (contains(groups, group)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

/// The group of the port wins over that of the app.
bool is_ours(const Labels& labels, std::size_t index, const std::vector<std::string>& groups) {
  if (contains(groups, "*")) return true;
  const std::string* list = find_label(labels, key_of(index, "GROUP"));
  if (!list) list = find_label(labels, "HAPROXY_GROUP");
  return list && meets(*list, groups);
}

/// marathon-lb knows four words for yes and takes all others for no.
bool is_enabled(const Labels& labels, std::size_t index) {
  constexpr std::array<std::string_view, 4> kYes{"true", "t", "yes", "y"};
  const std::string* value = find_label(labels, key_of(index, "ENABLED"));
  if (!value) return true;
  std::string word = *value;
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kYes.begin(), kYes.end(), word) != kYes.end();
}

/// Where port `index` opens: 0 for nowhere.
std::uint16_t bind_port(const Task& task, const TaskPort& port, std::size_t index, Bindings& out) {
  const std::string key = key_of(index, "PORT");
  const std::string* value = find_label(task.labels, key);
  if (!value) return port.service_port;
  const auto number = common::parse_integer<std::uint16_t>(*value);
  if (number && *number > 0) return *number;
  out.problems.push_back(problem_at(task, index, {key, *value}, "no port from 1 to 65535"));
  return 0;
}

std::optional<IpAddress> bind_address(const Task& task,
                                      const VipRules& rules,
                                      std::size_t index,
                                      Bindings& out) {
  const std::string key = key_of(index, "BIND_ADDR");
  const std::string* value = find_label(task.labels, key);
  if (!value) return rules.service_address;
  if (*value == "*") return IpAddress();
  const auto address = IpAddress::parse(*value);
  const auto refused = address ? belongs_to_others(*address, rules)
                               : std::optional<std::string>("no IP address; write 10.0.0.1 or *");
  if (!refused) return address;
  out.problems.push_back(problem_at(task, index, {key, *value}, *refused));
  return std::nullopt;
}

/// Without their label these ports would be open to everybody.
bool is_guarded(const Task& task, std::size_t index, Bindings& out) {
  for (const char* what : {"AUTH", "BACKEND_NETWORK_ALLOWED_ACL"}) {
    const std::string key = key_of(index, what);
    const std::string* value = find_label(task.labels, key);
    if (!value) continue;
    const bool secret = std::string_view(what) == "AUTH";
    out.problems.push_back(problem_at(
        task,
        index,
        {key, secret ? "(hidden)" : *value},
        "not honoured by a proxy of TCP, so the port stays closed rather than open to everybody"));
    return true;
  }
  return false;
}

}  // namespace

void add_service_ports(const Task& task, const VipRules& rules, Bindings& out) {
  if (rules.groups.empty()) return;
  const std::vector<std::size_t> definitions = definition_indexes(task);
  for (std::size_t i = 0; i < task.ports.size(); ++i) {
    const TaskPort& port = task.ports[i];
    const std::size_t index = definitions[i];
    if (port.protocol != Protocol::Tcp || !is_ours(task.labels, index, rules.groups) ||
        !is_enabled(task.labels, index)) {
      continue;
    }
    if (is_guarded(task, index, out)) continue;
    const std::uint16_t number = bind_port(task, port, index, out);
    const auto address = bind_address(task, rules, index, out);
    if (number == 0 || !address) continue;
    out.bindings.push_back({.id = {.name = {}, .address = *address, .port = number},
                            .kind = VipKind::ServicePort,
                            .port = i});
  }
}

}  // namespace watcher
