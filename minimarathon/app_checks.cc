#include "minimarathon/app_checks.h"

#include <algorithm>
#include <array>
#include <utility>

namespace minimarathon {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr milliseconds kFirstProbe{5000};  // At the latest, where Marathon probes.

struct Protocol {
  std::string_view name;
  CheckProtocol protocol;
  bool by_executor;
};
constexpr std::array<Protocol, 7> kProtocols{{
    {"HTTP", CheckProtocol::Http, false},
    {"HTTPS", CheckProtocol::Https, false},
    {"TCP", CheckProtocol::Tcp, false},
    {"COMMAND", CheckProtocol::Command, false},
    {"MESOS_HTTP", CheckProtocol::Http, true},
    {"MESOS_HTTPS", CheckProtocol::Https, true},
    {"MESOS_TCP", CheckProtocol::Tcp, true},
}};

milliseconds seconds_field(const Fields& fields, std::string_view key, double otherwise) {
  constexpr double kDay = 86400;
  return milliseconds(static_cast<std::int64_t>(fields.number(key, otherwise, kDay) * 1000));
}

double as_seconds(milliseconds time) { return static_cast<double>(time.count()) / 1000; }

void read_protocol(const Fields& fields, HealthCheck& check) {
  const std::string name = fields.text("protocol", "HTTP");
  const auto* found = std::find_if(
      kProtocols.begin(), kProtocols.end(), [&](const Protocol& row) { return row.name == name; });
  if (found == kProtocols.end()) {
    return fields.wrong("protocol",
                        "must be HTTP, HTTPS, TCP, COMMAND, MESOS_HTTP, MESOS_HTTPS or MESOS_TCP");
  }
  check.protocol = found->protocol;
  check.by_executor = found->by_executor;
}

void read_place(const Fields& fields, std::size_t ports, HealthCheck& check) {
  if (check.protocol == CheckProtocol::Command) {
    check.command = fields.inside("command").text("value");
    if (check.command.empty()) fields.wrong("command", "must have a value");
    return;
  }
  check.port = fields.integer<std::uint16_t>("port", 0);
  if (fields.has("portIndex")) check.port_index = fields.integer<std::uint16_t>("portIndex", 0);
  if (check.port_index && check.port != 0) fields.wrong("port", "excludes portIndex");
  if (!check.port_index && check.port == 0) check.port_index = 0;
  if (check.port_index && *check.port_index >= ports) {
    fields.wrong("portIndex", "must be less than the number of ports");
  }
}

json::object document_of(const Fields& fields, const HealthCheck& check) {
  json::object document{{"gracePeriodSeconds", as_seconds(check.grace)},
                        {"intervalSeconds", as_seconds(check.interval)},
                        {"maxConsecutiveFailures", check.max_failures},
                        {"protocol", fields.text("protocol", "HTTP")},
                        {"timeoutSeconds", as_seconds(check.timeout)}};
  if (check.port_index) document["portIndex"] = *check.port_index;
  if (check.port != 0) document["port"] = check.port;
  if (check.protocol == CheckProtocol::Http || check.protocol == CheckProtocol::Https) {
    document["path"] = check.path;
    document["ignoreHttp1xx"] = check.ignore_http_1xx;
  }
  if (check.protocol == CheckProtocol::Command)
    document["command"] = json::object{{"value", check.command}};
  if (check.by_executor) {
    document["delaySeconds"] = as_seconds(check.delay);
    document["ipProtocol"] = fields.text("ipProtocol", "IPv4");
  }
  return document;
}

void read_health_check(const Fields& fields, std::size_t ports, AppChecks& out) {
  HealthCheck check;
  read_protocol(fields, check);
  check.path = fields.text("path", "/");
  check.grace = seconds_field(fields, "gracePeriodSeconds", 300);
  check.interval = seconds_field(fields, "intervalSeconds", 60);
  check.timeout = seconds_field(fields, "timeoutSeconds", 20);
  check.delay = check.by_executor ? seconds_field(fields, "delaySeconds", 15)
                                  : std::min<milliseconds>(check.interval, kFirstProbe);
  check.max_failures = fields.integer<std::uint32_t>("maxConsecutiveFailures", 3);
  check.ignore_http_1xx = fields.flag("ignoreHttp1xx");
  read_place(fields, ports, check);
  if (check.interval.count() == 0) fields.wrong("intervalSeconds", "must be greater than 0");
  out.health_documents.push_back(document_of(fields, check));
  out.health.push_back(std::move(check));
}

std::vector<int> ready_statuses(const Fields& fields) {
  std::vector<int> statuses;
  for (const json::value& status : fields.list("httpStatusCodesForReady")) {
    if (status.is_int64())
      statuses.push_back(static_cast<int>(status.get_int64()));
    else
      fields.wrong("httpStatusCodesForReady", "must be a list of numbers");
  }
  if (statuses.empty()) statuses.push_back(200);
  return statuses;
}

void read_readiness(const Fields& fields, const std::vector<AppPort>& ports, AppChecks& out) {
  const std::string port_name = fields.text("portName", "http-api");
  const auto port = std::find_if(
      ports.begin(), ports.end(), [&](const AppPort& one) { return one.name == port_name; });
  if (port == ports.end()) fields.wrong("portName", "must be the name of a port");
  ReadinessCheck check{.name = fields.text("name", "readinessCheck"),
                       .path = fields.text("path", "/"),
                       .port_index = static_cast<std::size_t>(port - ports.begin()),
                       .https = fields.text("protocol", "HTTP") == "HTTPS",
                       .interval = seconds_field(fields, "intervalSeconds", 30),
                       .timeout = seconds_field(fields, "timeoutSeconds", 10),
                       .ready_statuses = ready_statuses(fields)};
  out.readiness_documents.push_back(
      json::object{{"httpStatusCodesForReady", json::value_from(check.ready_statuses)},
                   {"intervalSeconds", as_seconds(check.interval)},
                   {"name", check.name},
                   {"path", check.path},
                   {"portName", port_name},
                   {"preserveLastResponse", fields.flag("preserveLastResponse")},
                   {"protocol", check.https ? "HTTPS" : "HTTP"},
                   {"timeoutSeconds", as_seconds(check.timeout)}});
  out.readiness = std::move(check);
}

}  // namespace

AppChecks read_checks(const Fields& app, const std::vector<AppPort>& ports) {
  AppChecks out;
  for (const Fields& check : app.each("healthChecks")) {
    read_health_check(check, ports.size(), out);
  }
  const std::vector<Fields> readiness = app.each("readinessChecks");
  if (readiness.size() > 1) app.wrong("readinessChecks", "must have at most one element");
  if (!readiness.empty()) read_readiness(readiness.front(), ports, out);
  return out;
}

}  // namespace minimarathon
