#include "watcher/file/parse.h"

#include <fmt/core.h>

#include <array>
#include <set>
#include <utility>

#include "config/yaml_document.h"
#include "watcher/file/fields.h"
#include "watcher/vips/vip_label.h"

namespace watcher::file {
namespace {

using common::ErrorCode;
using common::fail;

const std::vector<std::string> kFileKeys{"services"};
const std::vector<std::string> kServiceKeys{"endpoints", "ports", "app", "framework", "labels"};
const std::vector<std::string> kPortKeys{
    "port", "name", "protocol", "vip", "service_port", "labels"};
const std::vector<std::string> kEndpointKeys{
    "address", "ports", "state", "health", "region", "zone"};

template <class Value>
using Words = std::array<std::pair<std::string_view, Value>, 4>;

constexpr Words<TaskState> kStates{{{"running", TaskState::Running},
                                    {"starting", TaskState::Starting},
                                    {"draining", TaskState::Killing},
                                    {"unreachable", TaskState::Unreachable}}};
constexpr Words<Health> kHealths{{{"unchecked", Health::None},
                                  {"unknown", Health::Unknown},
                                  {"passing", Health::Passing},
                                  {"failing", Health::Failing}}};

/// The value of a word of a table; complains when there is no such word.
template <class Value>
Value read_word(const YAML::Node& node, const Words<Value>& table, Complaints& complaints) {
  std::vector<std::string> known;
  for (const auto& [word, value] : table) {
    if (node.IsScalar() && node.Scalar() == word) return value;
    known.emplace_back(word);
  }
  const std::string found = node.IsScalar() ? "found '" + node.Scalar() + "'" : "found no word";
  complaints.add(node,
                 fmt::format("expected {}, {}, {} or {}, {}{}",
                             known[0],
                             known[1],
                             known[2],
                             known[3],
                             found,
                             suggestion(node.IsScalar() ? node.Scalar() : "", known)));
  return table.front().second;
}

/// One item of a service's `ports:`; its number may be left to the endpoints.
struct PortDefinition {
  TaskPort port;
  std::vector<Protocol> protocols{Protocol::Tcp};
};

/// One item of `endpoints:`.
struct Endpoint {
  std::vector<IpAddress> addresses;
  std::vector<std::uint16_t> ports;  // Empty: those of the service.
  TaskState state = TaskState::Running;
  Health health = Health::None;
  std::string region;
  std::string zone;
};

bool is_of_a_host(const IpAddress& address) {
  return !address.is_unspecified() && !address.is_multicast();
}

/// Reads one service into tasks.
class ServiceReader {
 public:
  ServiceReader(std::string name, Complaints& complaints)
      : name_(std::move(name)), complaints_(complaints) {}

  std::vector<Task> read(const YAML::Node& node);

 private:
  void read_head(const Fields& fields);
  void read_ports(const YAML::Node& node);
  PortDefinition read_port(const YAML::Node& node);
  std::vector<Protocol> read_protocols(const YAML::Node& node);
  void read_vips(const YAML::Node& node, PortDefinition& into);

  void add_task(const YAML::Node& node, std::vector<Task>& tasks);
  Endpoint read_endpoint(const YAML::Node& node);
  Endpoint read_short_endpoint(const YAML::Node& node);
  std::optional<IpAddress> read_address(const YAML::Node& node);
  std::vector<std::uint16_t> numbers_for(const YAML::Node& node, const Endpoint& endpoint);

  const std::string name_;
  Complaints& complaints_;
  Task head_;  // What all tasks of the service have in common.
  std::vector<PortDefinition> ports_;
  std::set<std::string> ids_;
};

std::vector<Task> ServiceReader::read(const YAML::Node& node) {
  const Fields fields(node, "a service", kServiceKeys, complaints_);
  read_head(fields);
  if (const auto ports = fields.find("ports")) read_ports(*ports);
  std::vector<Task> tasks;
  if (const auto endpoints = fields.find("endpoints")) {
    for (const YAML::Node& endpoint : items_of(*endpoints)) add_task(endpoint, tasks);
  }
  return tasks;
}

void ServiceReader::read_head(const Fields& fields) {
  head_.key.source = kSource;
  head_.name = name_;
  head_.discovery_name = name_;
  head_.app = name_;
  head_.framework = kSource;
  for (const auto& [key, member] :
       {std::pair{"app", &Task::app}, {"framework", &Task::framework}}) {
    const auto node = fields.find(key);
    const auto text = node ? read_text(*node, complaints_) : std::nullopt;
    if (text && text->empty()) complaints_.add(*node, fmt::format("{} is empty", key));
    if (text) head_.*member = *text;
  }
  if (const auto labels = fields.find("labels")) head_.labels = read_labels(*labels, complaints_);
}

void ServiceReader::read_ports(const YAML::Node& node) {
  const std::vector<YAML::Node> items = items_of(node);
  if (items.size() > kMaxPorts) {
    return complaints_.add(node, fmt::format("more than {} ports", kMaxPorts));
  }
  for (const YAML::Node& item : items) ports_.push_back(read_port(item));
}

PortDefinition ServiceReader::read_port(const YAML::Node& node) {
  PortDefinition made;
  if (node.IsScalar()) {
    made.port.port = read_port_number(node, complaints_).value_or(0);
    return made;
  }
  const Fields fields(node, "a port", kPortKeys, complaints_);
  if (const auto number = fields.find("port")) {
    made.port.port = read_port_number(*number, complaints_).value_or(0);
  }
  if (const auto number = fields.find("service_port")) {
    made.port.service_port = read_port_number(*number, complaints_).value_or(0);
  }
  if (const auto name = fields.find("name")) {
    made.port.name = read_text(*name, complaints_).value_or("");
  }
  if (const auto protocol = fields.find("protocol")) made.protocols = read_protocols(*protocol);
  if (const auto labels = fields.find("labels")) {
    made.port.labels = read_labels(*labels, complaints_);
  }
  if (const auto vips = fields.find("vip")) read_vips(*vips, made);
  return made;
}

std::vector<Protocol> ServiceReader::read_protocols(const YAML::Node& node) {
  const std::string text = node.IsScalar() ? node.Scalar() : "";
  if (text == "tcp") return {Protocol::Tcp};
  if (text == "udp") return {Protocol::Udp};
  if (text != "tcp,udp") complaints_.add(node, "expected tcp, udp or \"tcp,udp\"");
  return {Protocol::Tcp, Protocol::Udp};
}

/// Every VIP becomes a label, as an orchestrator would have it.
void ServiceReader::read_vips(const YAML::Node& node, PortDefinition& into) {
  Labels labels = *into.port.labels;
  std::size_t index = 0;
  for (const YAML::Node& item : items_of(node)) {
    const auto text = read_text(item, complaints_);
    if (!text) continue;
    const auto vip = parse_vip_label(*text, head_.framework, into.protocols.front());
    if (!vip) complaints_.add(item, fmt::format("vip '{}': {}", *text, vip.error().message));
    const std::string label = fmt::format("VIP_{}", index++);
    if (!labels.emplace(label, *text).second) {
      complaints_.add(item, fmt::format("label {} is given too: write one of the two", label));
    }
  }
  into.port.labels = std::move(labels);
}

void ServiceReader::add_task(const YAML::Node& node, std::vector<Task>& tasks) {
  const std::size_t complaints_before = complaints_.count();
  const Endpoint endpoint = read_endpoint(node);
  const std::vector<std::uint16_t> numbers = numbers_for(node, endpoint);
  if (complaints_.count() != complaints_before) return;

  Task task = head_;
  std::string id = fmt::format("{}@{}", name_, endpoint.addresses.front().to_string());
  if (!numbers.empty()) id += fmt::format(":{}", numbers.front());
  if (!ids_.insert(id).second) return complaints_.add(node, "this endpoint is given twice");
  task.key.id = std::move(id);
  task.agent_addresses = endpoint.addresses;
  task.addresses = endpoint.addresses;
  task.host_ports = numbers;
  task.region = endpoint.region;
  task.zone = endpoint.zone;
  task.state = endpoint.state;
  task.health = endpoint.health;
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    for (const Protocol protocol : ports_[i].protocols) {
      TaskPort& port = task.ports.emplace_back(ports_[i].port);
      port.port = numbers[i];
      port.protocol = protocol;
    }
  }
  tasks.push_back(std::move(task));
}

Endpoint ServiceReader::read_endpoint(const YAML::Node& node) {
  if (!node.IsMap()) return read_short_endpoint(node);
  const Fields fields(node, "an endpoint", kEndpointKeys, complaints_);
  Endpoint endpoint;
  if (const auto addresses = fields.find("address")) {
    for (const YAML::Node& item : items_of(*addresses)) {
      if (const auto address = read_address(item)) endpoint.addresses.push_back(*address);
    }
  }
  if (endpoint.addresses.empty()) complaints_.add(node, "an endpoint needs an address");
  if (const auto ports = fields.find("ports")) {
    for (const YAML::Node& item : items_of(*ports)) {
      endpoint.ports.push_back(read_port_number(item, complaints_).value_or(0));
    }
  }
  if (const auto state = fields.find("state")) {
    endpoint.state = read_word(*state, kStates, complaints_);
  }
  if (const auto health = fields.find("health")) {
    endpoint.health = read_word(*health, kHealths, complaints_);
  }
  for (const auto& [key, member] :
       {std::pair{"region", &Endpoint::region}, {"zone", &Endpoint::zone}}) {
    const auto value = fields.find(key);
    if (value) endpoint.*member = read_text(*value, complaints_).value_or("");
  }
  return endpoint;
}

/// "10.0.0.1", or "10.0.0.1:8080" where the service has one port.
Endpoint ServiceReader::read_short_endpoint(const YAML::Node& node) {
  Endpoint endpoint;
  const auto with_port = common::SocketAddress::parse(node.IsScalar() ? node.Scalar() : "");
  if (with_port && is_of_a_host(with_port->ip) && with_port->port > 0) {
    endpoint.addresses = {with_port->ip};
    endpoint.ports = {with_port->port};
  } else if (const auto address = read_address(node)) {
    endpoint.addresses = {*address};
  }
  return endpoint;
}

std::optional<IpAddress> ServiceReader::read_address(const YAML::Node& node) {
  const auto address = IpAddress::parse(node.IsScalar() ? node.Scalar() : "");
  if (address && is_of_a_host(*address)) return address;
  complaints_.add(node,
                  "expected an address of a host such as 10.0.0.1, or 10.0.0.1:8080; "
                  "host names are not looked up");
  return std::nullopt;
}

/// For each of the service's ports where it is at this endpoint.
std::vector<std::uint16_t> ServiceReader::numbers_for(const YAML::Node& node,
                                                      const Endpoint& endpoint) {
  if (!endpoint.ports.empty() && endpoint.ports.size() != ports_.size()) {
    complaints_.add(node,
                    fmt::format("{} ports here, but the service has {} under ports:",
                                endpoint.ports.size(),
                                ports_.size()));
    return {};
  }
  std::vector<std::uint16_t> numbers = endpoint.ports;
  for (std::size_t i = numbers.size(); i < ports_.size(); ++i) {
    numbers.push_back(ports_[i].port.port);
    if (numbers.back() == 0) {
      complaints_.add(node,
                      fmt::format("neither the service nor this endpoint numbers port {}", i));
    }
  }
  return numbers;
}

/// The whole file.
class FileReader {
 public:
  common::Expected<Content> read(const YAML::Node& root);

 private:
  void read_service(const YAML::Node& name, const YAML::Node& node);

  Complaints complaints_;
  Content content_;
  std::set<std::string> names_;
  std::size_t tasks_ = 0;  // Of services that are right and wrong.
};

common::Expected<Content> FileReader::read(const YAML::Node& root) {
  const Fields fields(root, "a file", kFileKeys, complaints_);
  const auto services = fields.find("services");
  if (!services || !services->IsMap()) {
    return fail(ErrorCode::InvalidInput,
                "line 1: expected services: with a service below it; write \"services: {}\" for "
                "none");
  }
  for (const auto& entry : *services) {
    read_service(entry.first, entry.second);
    if (tasks_ + complaints_.count() > kMaxTasks) {
      return fail(
          ErrorCode::InvalidInput,
          fmt::format(
              "line {}: more than {} endpoints in all", entry.first.Mark().line + 1, kMaxTasks));
    }
  }
  content_.complaint_count = complaints_.count();
  content_.complaints = complaints_.take();
  return std::move(content_);
}

void FileReader::read_service(const YAML::Node& name, const YAML::Node& node) {
  const auto text = read_text(name, complaints_);
  if (!text) return;
  if (text->empty()) return complaints_.add(name, "a service needs a name");
  if (!names_.insert(*text).second) {
    return complaints_.add(name, fmt::format("service '{}' is given twice", *text));
  }
  const std::size_t complaints_before = complaints_.count();
  Service service{.name = *text, .tasks = ServiceReader(*text, complaints_).read(node)};
  service.valid = complaints_.count() == complaints_before;
  if (!service.valid) service.tasks.clear();
  tasks_ += service.tasks.size();
  content_.services.push_back(std::move(service));
}

}  // namespace

std::string Complaint::to_string() const { return fmt::format("line {}: {}", line, text); }

common::Expected<Content> parse(std::string_view text) {
  const auto root = config::parse_yaml_document(text);
  if (!root) return fail(root.error().code, "line " + root.error().message);
  return FileReader().read(*root);
}

}  // namespace watcher::file
