#include "tests/dnsd/cases/task_line.h"

#include <fmt/core.h>

#include <map>
#include <optional>
#include <span>
#include <string_view>

namespace dnsd::testing {
namespace {

using common::ErrorCode;
using common::Expected;
using common::IpAddress;
using watcher::Health;
using watcher::Task;
using watcher::TaskState;

tl::unexpected<common::Error> bad(std::string message) {
  return common::fail(ErrorCode::InvalidInput, std::move(message));
}

const std::map<std::string, TaskState, std::less<>> kStates{
    {"starting", TaskState::Starting},
    {"running", TaskState::Running},
    {"killing", TaskState::Killing},
    {"unreachable", TaskState::Unreachable},
    {"killed", TaskState::Ended},
};
const std::map<std::string, Health, std::less<>> kHealths{
    {"unchecked", Health::None},
    {"unknown", Health::Unknown},
    {"passing", Health::Passing},
    {"failing", Health::Failing},
};

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(at);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

Expected<std::uint16_t> parse_number(std::string_view text) {
  const std::string digits(text);
  const bool plain = !digits.empty() && digits.size() <= 5 &&
                     digits.find_first_not_of("0123456789") == std::string::npos;
  const int value = plain ? std::stoi(digits) : -1;
  if (value < 0 || value > 65535) return bad(fmt::format("'{}' is no number up to 65535", text));
  return static_cast<std::uint16_t>(value);
}

IpAddress plus(const IpAddress& address, std::uint32_t step) {
  if (address.is_v4()) return IpAddress::v4(address.to_v4() + step);
  std::array<std::uint8_t, 16> bytes{};
  const auto octets = address.bytes();
  std::copy(octets.begin(), octets.end(), bytes.begin());
  bytes[15] = static_cast<std::uint8_t>(bytes[15] + step);
  return IpAddress::v6(bytes);
}

/// "10.0.0.1,fd01::1"; "none" is none.
Expected<std::vector<IpAddress>> parse_addresses(std::string_view text, std::uint32_t step) {
  std::vector<IpAddress> addresses;
  if (text == "none") return addresses;
  for (const std::string& part : split(text, ',')) {
    const auto address = IpAddress::parse(part);
    if (!address) return bad(fmt::format("'{}' is no address", part));
    addresses.push_back(plus(*address, step));
  }
  return addresses;
}

/// Words that stand alone. False when it is none of them.
bool change_by_word(Task& task, std::string_view word) {
  if (const auto state = kStates.find(word); state != kStates.end()) {
    task.state = state->second;
  } else if (const auto health = parse_health(word)) {
    task.health = *health;
  } else if (word == "ready" || word == "unready") {
    task.ready = word == "ready";
  } else {
    return false;
  }
  return true;
}

Expected<void> change_addresses(std::vector<IpAddress>& to,
                                std::string_view text,
                                std::uint32_t step) {
  auto addresses = parse_addresses(text, step);
  if (!addresses) return tl::unexpected(addresses.error());
  to = std::move(*addresses);
  return {};
}

Expected<void> change_host_ports(Task& task, std::string_view text) {
  task.host_ports.clear();
  if (text == "none") return {};
  for (const std::string& part : split(text, ',')) {
    const auto port = parse_number(part);
    if (!port) return tl::unexpected(port.error());
    task.host_ports.push_back(*port);
  }
  return {};
}

Expected<void> add_port(Task& task, std::string_view text) {
  auto port = parse_port(text);
  if (!port) return tl::unexpected(port.error());
  task.ports.push_back(std::move(*port));
  return {};
}

Expected<void> add_vip(Task& task, std::string_view text) {
  if (task.ports.empty()) return bad("'vip' belongs to a 'port' before it");
  auto& labels = task.ports.back().labels.edit();
  labels[fmt::format("VIP_{}", labels.size())] = text;
  return {};
}

/// "KEY=VALUE", or "KEY=" to take it away.
Expected<void> add_label(watcher::SharedLabels& to, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return bad(fmt::format("'{}' is no KEY=VALUE", text));
  const std::string key(text.substr(0, equals));
  if (equals + 1 == text.size()) {
    to.edit().erase(key);
  } else {
    to.edit()[key] = text.substr(equals + 1);
  }
  return {};
}

Expected<void> add_port_label(Task& task, std::string_view text) {
  if (task.ports.empty()) return bad("'port-label' belongs to a 'port' before it");
  return add_label(task.ports.back().labels, text);
}

/// Words that take another one.
Expected<void> change_by_pair(Task& task,
                              std::string_view word,
                              const std::string& value,
                              std::uint32_t step) {
  if (word == "agent") return change_addresses(task.agent_addresses, value, step);
  if (word == "ip") return change_addresses(task.addresses, value, step);
  if (word == "ports") return change_host_ports(task, value);
  if (word == "port") return add_port(task, value);
  if (word == "vip") return add_vip(task, value);
  if (word == "label") return add_label(task.labels, value);
  if (word == "port-label") return add_port_label(task, value);
  if (word == "agent-id") {
    task.agent_id = value;
  } else if (word == "id") {
    task.key.id = value;
  } else if (word == "app") {
    task.app = value;
  } else if (word == "discovery") {
    task.discovery_name = value;
  } else if (word == "region") {
    task.region = value;
  } else if (word == "zone") {
    task.zone = value;
  } else {
    return bad(fmt::format("'{}' means nothing in a task line", word));
  }
  return {};
}

}  // namespace

std::string TaskSubject::id(std::uint32_t instance) const {
  return fmt::format("{}.{}.{}", name, framework, instance);
}

Expected<TaskSubject> parse_subject(const std::string& word) {
  const auto parts = split(word, '#');
  const std::size_t dot = parts[0].rfind('.');
  if (parts.size() > 2 || dot == std::string::npos) {
    return bad(fmt::format("'{}' is no <name>.<framework>[#<instance>]", word));
  }
  TaskSubject subject;
  subject.name = parts[0].substr(0, dot);
  subject.framework = parts[0].substr(dot + 1);
  if (parts.size() == 1) return subject;
  const std::size_t range = parts[1].find("..");
  const auto first = parse_number(parts[1].substr(0, range));
  if (!first) return tl::unexpected(first.error());
  const auto last = range == std::string::npos ? first : parse_number(parts[1].substr(range + 2));
  if (!last) return tl::unexpected(last.error());
  subject.first = *first;
  subject.last = *last;
  return subject;
}

Task new_task(const TaskSubject& subject, std::uint32_t instance) {
  Task task;
  task.key = {"marathon", subject.id(instance)};
  task.name = subject.name;
  task.app = "/" + subject.name;
  task.framework = subject.framework;
  task.agent_id = "20170301-120000-S0";
  task.state = TaskState::Running;
  return task;
}

Expected<void> change_task(Task& task, std::span<const std::string> words, std::uint32_t step) {
  while (!words.empty()) {
    const std::string& word = words.front();
    words = words.subspan(1);
    if (change_by_word(task, word)) continue;
    if (words.empty()) return bad(fmt::format("'{}' means nothing alone in a task line", word));
    if (const auto done = change_by_pair(task, word, words.front(), step); !done) return done;
    words = words.subspan(1);
  }
  return {};
}

Expected<watcher::TaskPort> parse_port(std::string_view word) {
  watcher::TaskPort port;
  if (const std::size_t slash = word.find('/'); slash != std::string_view::npos) {
    port.name = word.substr(0, slash);
    word.remove_prefix(slash + 1);
  }
  if (word.ends_with("@task")) {
    port.reach = watcher::Reach::Task;
    word.remove_suffix(5);
  }
  const bool udp = word.starts_with("udp:");
  if (!udp && !word.starts_with("tcp:")) {
    return bad(fmt::format("'{}' is no [<name>/]tcp|udp:<number>[@task]", word));
  }
  port.protocol = udp ? watcher::Protocol::Udp : watcher::Protocol::Tcp;
  const auto number = parse_number(word.substr(4));
  if (!number) return tl::unexpected(number.error());
  port.port = *number;
  return port;
}

std::optional<Health> parse_health(std::string_view word) {
  const auto found = kHealths.find(word);
  if (found == kHealths.end()) return std::nullopt;
  return found->second;
}

}  // namespace dnsd::testing
