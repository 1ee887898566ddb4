#include "watcher/marathon/checks.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <cmath>
#include <string>

namespace watcher::marathon {
namespace {

using config::Check;
using config::CheckKind;

/// Marathon's own bounds are wider; a check that takes a day is none.
std::optional<std::chrono::milliseconds> seconds(const json::Object& from, std::string_view key) {
  const auto value = json::number(from, key);
  if (!value || !(*value > 0) || *value > 86400) return std::nullopt;
  return std::chrono::milliseconds(std::llround(*value * 1000));
}

CheckKind kind_of(std::string_view protocol) {
  if (protocol.empty()) return CheckKind::Http;  // Marathon's default.
  if (protocol.starts_with("MESOS_")) protocol.remove_prefix(6);
  if (protocol == "HTTP") return CheckKind::Http;
  if (protocol == "HTTPS") return CheckKind::Https;
  if (protocol == "TCP") return CheckKind::Tcp;
  return CheckKind::Unsaid;
}

bool is_web(CheckKind kind) { return kind == CheckKind::Http || kind == CheckKind::Https; }

/// A connection costs next to nothing and is tried in our rhythm; an answer may cost more.
Check make_check(CheckKind kind, std::string_view path, const json::Object& pace) {
  Check check;
  check.kind = kind;
  if (!is_web(kind)) return check;
  check.subject = path.starts_with('/') ? path : "/" + std::string(path);
  check.interval = seconds(pace, "intervalSeconds");
  check.timeout = seconds(pace, "timeoutSeconds");
  return check;
}

void set(PortSpec& port, const Check& check) {
  const bool tcp = std::find(port.protocols.begin(), port.protocols.end(), Protocol::Tcp) !=
                   port.protocols.end();
  if (tcp && port.check.empty()) port.check = check;
}

}  // namespace

void read_checks(const json::Object& app, std::vector<PortSpec>& ports) {
  for (const json::Object* from : json::objects(app, "healthChecks")) {
    const CheckKind kind = kind_of(json::text(*from, "protocol"));
    if (kind == CheckKind::Unsaid) continue;
    const Check check = make_check(kind, json::text(*from, "path"), *from);
    // A fixed number is that of the container or, with requirePorts, of the app's own list.
    if (const auto number = json::number(*from, "port")) {
      for (PortSpec& port : ports) {
        if (port.number == *number || port.service_port == *number) set(port, check);
      }
      continue;
    }
    const double index = json::number(*from, "portIndex").value_or(0);
    if (index >= 0 && index < static_cast<double>(ports.size())) {
      set(ports[static_cast<std::size_t>(index)], check);
    }
  }
}

void read_pod_check(const json::Object& container, std::vector<PortSpec>& ports) {
  const json::Object* from = json::member(container, "healthCheck");
  if (from == nullptr) return;
  const json::Object* web = json::member(*from, "http");
  const json::Object* where = web != nullptr ? web : json::member(*from, "tcp");
  if (where == nullptr) return;
  const CheckKind kind = web == nullptr                          ? CheckKind::Tcp
                         : json::text(*web, "scheme") == "HTTPS" ? CheckKind::Https
                                                                 : CheckKind::Http;
  const Check check = make_check(kind, json::text(*where, "path"), *from);
  for (PortSpec& port : ports) {
    const bool is_meant = port.container == json::text(container, "name") &&
                          port.name == json::text(*where, "endpoint");
    if (is_meant) set(port, check);
  }
}

}  // namespace watcher::marathon
