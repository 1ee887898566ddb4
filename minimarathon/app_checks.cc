#include "minimarathon/app_checks.h"

#include <algorithm>
#include <array>
#include <utility>

namespace minimarathon {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

/// The executor's checks (MESOS_*) are made here by the same hand: there is no executor.
constexpr std::array<std::pair<std::string_view, CheckProtocol>, 7> kProtocols{{
    {"HTTP", CheckProtocol::Http},
    {"HTTPS", CheckProtocol::Https},
    {"TCP", CheckProtocol::Tcp},
    {"COMMAND", CheckProtocol::Command},
    {"MESOS_HTTP", CheckProtocol::Http},
    {"MESOS_HTTPS", CheckProtocol::Https},
    {"MESOS_TCP", CheckProtocol::Tcp},
}};

milliseconds seconds_field(Fields& fields, std::string_view key, double otherwise) {
  constexpr double kDay = 86400;
  return milliseconds(static_cast<std::int64_t>(fields.number(key, otherwise, kDay) * 1000));
}

/// Seconds as a JSON number without a needless fraction.
json::value as_seconds(milliseconds time) {
  if (time.count() % 1000 == 0) return time.count() / 1000;
  return static_cast<double>(time.count()) / 1000;
}

CheckProtocol read_protocol(Fields& fields, const std::string& name) {
  const auto* found = std::find_if(
      kProtocols.begin(), kProtocols.end(), [&](const auto& row) { return row.first == name; });
  if (found != kProtocols.end()) return found->second;
  fields.wrong("protocol",
               "must be HTTP, HTTPS, TCP, COMMAND, MESOS_HTTP, MESOS_HTTPS or MESOS_TCP");
  return CheckProtocol::Http;
}

void read_place(Fields& fields, std::size_t ports, HealthCheck& check) {
  if (check.protocol == CheckProtocol::Command) {
    Fields command(fields.object("command"), fields.path() + "/command");
    check.command = command.text("value");
    if (check.command.empty()) fields.wrong("command", "must have a value");
    return;
  }
  check.port = fields.integer<std::uint16_t>("port", 0);
  if (fields.find("portIndex")) check.port_index = fields.integer<std::uint16_t>("portIndex", 0);
  if (check.port_index && check.port != 0) fields.wrong("port", "excludes portIndex");
  if (!check.port_index && check.port == 0 && ports > 0) check.port_index = 0;
  if (check.port_index && *check.port_index >= ports) {
    fields.wrong("portIndex", "must be less than the number of ports");
  }
}

json::object document_of(const HealthCheck& check, const std::string& protocol) {
  json::object document{{"gracePeriodSeconds", as_seconds(check.grace)},
                        {"intervalSeconds", as_seconds(check.interval)},
                        {"maxConsecutiveFailures", check.max_failures},
                        {"protocol", protocol},
                        {"timeoutSeconds", as_seconds(check.timeout)}};
  if (check.port_index) document["portIndex"] = *check.port_index;
  if (check.port != 0) document["port"] = check.port;
  if (check.protocol == CheckProtocol::Http || check.protocol == CheckProtocol::Https) {
    document["path"] = check.path;
    document["ignoreHttp1xx"] = check.ignore_http_1xx;
  }
  if (check.protocol == CheckProtocol::Command)
    document["command"] = json::object{{"value", check.command}};
  return document;
}

void read_health_check(Fields& fields, std::size_t ports, AppChecks& out) {
  const std::string protocol = fields.text("protocol", "HTTP");
  HealthCheck check;
  check.protocol = read_protocol(fields, protocol);
  check.path = fields.text("path", "/");
  check.grace = seconds_field(fields, "gracePeriodSeconds", 300);
  check.interval = seconds_field(fields, "intervalSeconds", 60);
  check.timeout = seconds_field(fields, "timeoutSeconds", 20);
  check.max_failures = fields.integer<std::uint32_t>("maxConsecutiveFailures", 3);
  check.ignore_http_1xx = fields.flag("ignoreHttp1xx");
  read_place(fields, ports, check);
  if (check.interval.count() == 0) fields.wrong("intervalSeconds", "must be greater than 0");
  out.health_documents.push_back(document_of(check, protocol));
  out.health.push_back(std::move(check));
}

std::vector<int> ready_statuses(Fields& fields) {
  std::vector<int> statuses;
  for (const json::value& status : fields.list("httpStatusCodesForReady")) {
    if (status.is_int64())
      statuses.push_back(static_cast<int>(status.as_int64()));
    else
      fields.wrong("httpStatusCodesForReady", "must be a list of numbers");
  }
  if (statuses.empty()) statuses.push_back(200);
  return statuses;
}

void read_readiness(Fields& fields, const std::vector<AppPort>& ports, AppChecks& out) {
  ReadinessCheck check;
  const std::string port_name = fields.text("portName", "http-api");
  const auto port = std::find_if(
      ports.begin(), ports.end(), [&](const AppPort& one) { return one.name == port_name; });
  if (port == ports.end()) fields.wrong("portName", "must be the name of a port");
  check.name = fields.text("name", "readinessCheck");
  check.path = fields.text("path", "/");
  check.port_index = static_cast<std::size_t>(port - ports.begin());
  check.https = fields.text("protocol", "HTTP") == "HTTPS";
  check.interval = seconds_field(fields, "intervalSeconds", 30);
  check.timeout = seconds_field(fields, "timeoutSeconds", 10);
  check.ready_statuses = ready_statuses(fields);
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

AppChecks read_checks(Fields& app, const std::vector<AppPort>& ports) {
  AppChecks out;
  for (const json::object* document : app.objects("healthChecks")) {
    Fields fields(*document, "/healthChecks");
    read_health_check(fields, ports.size(), out);
    app.take_error(fields);
  }
  const auto readiness = app.objects("readinessChecks");
  if (readiness.size() > 1) app.wrong("readinessChecks", "must have at most one element");
  if (!readiness.empty()) {
    Fields fields(*readiness.front(), "/readinessChecks");
    read_readiness(fields, ports, out);
    app.take_error(fields);
  }
  return out;
}

}  // namespace minimarathon
