#include "migrate/marathon_lb.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "config/load.h"
#include "config/nearest.h"

namespace migrate {
namespace {

using common::ErrorCode;
using common::fail;

constexpr const char* kPasswordFile = "/etc/signpost/marathon-password";
constexpr const char* kAccountFile = "/etc/signpost/service-account.json";
constexpr std::string_view kHidden = "(hidden)";

/// An empty word when the value will do, else what was expected.
using Wrong = std::string_view;

enum class Takes : std::uint8_t { Nothing, One, Several };

/// An argument of marathon_lb.py, or a variable of its container.
struct Setting : Row {
  std::string_view letter = {};  // "-m"
  Takes takes = Takes::One;
  Wrong (*set)(const std::string& value, config::Settings& ours) = nullptr;
  bool secret = false;
};

// --- Values

Wrong add_url(const std::string& value, config::Settings& ours) {
  ours.marathon.urls.push_back(value);
  return {};
}

Wrong add_group(const std::string& value, config::Settings& ours) {
  ours.vip.groups.push_back(value);
  return {};
}

Wrong set_credentials(const std::string& value, config::Settings& ours) {
  const std::size_t colon = value.find(':');
  if (colon == std::string::npos || colon == 0) return "user:password";
  ours.marathon.username = value.substr(0, colon);
  ours.marathon.password_file = kPasswordFile;
  return {};
}

Wrong set_user(const std::string& value, config::Settings& ours) {
  ours.marathon.username = value;
  ours.marathon.password_file = kPasswordFile;
  return {};
}

Wrong set_account(const std::string&, config::Settings& ours) {
  ours.marathon.service_account_file = kAccountFile;
  return {};
}

Wrong set_ca(const std::string& value, config::Settings& ours) {
  ours.marathon.ca_file = value;
  return {};
}

Wrong set_level(const std::string& value, config::Settings& ours) {
  using common::log::Level;
  constexpr std::array<std::pair<std::string_view, Level>, 6> kLevels{{{"DEBUG", Level::Debug},
                                                                       {"INFO", Level::Info},
                                                                       {"WARNING", Level::Warn},
                                                                       {"WARN", Level::Warn},
                                                                       {"ERROR", Level::Error},
                                                                       {"CRITICAL", Level::Error}}};
  const auto level = std::find_if(
      kLevels.begin(), kLevels.end(), [&value](const auto& one) { return one.first == value; });
  if (level == kLevels.end()) return "DEBUG, INFO, WARNING, ERROR or CRITICAL";
  ours.log.level = level->second;
  return {};
}

Wrong set_access_log(const std::string&, config::Settings& ours) {
  ours.vip.access_log = 100;
  return {};
}

// --- The tables

constexpr std::string_view kNoConfig = "no configuration of a proxy is written";
constexpr std::string_view kNoReload = "nothing is reloaded when a task comes or goes";
constexpr std::string_view kNoTls =
    "TLS is passed on as it is: backends hold their certificates; by server name at "
    "vip.sni_listen";
constexpr std::string_view kCredentials =
    "the password stands in a file of its own: write it there";
constexpr std::string_view kAccount = "the JSON stands in a file of its own: write it there";
constexpr std::string_view kServicePort =
    "a port without a service port is not opened: give it servicePort or HAPROXY_n_PORT";
constexpr std::string_view kVault = "fetch the password into the file marathon.password_file names";

constexpr std::array kArguments{
    Setting{{"--marathon",
             Fate::Same,
             "marathon.urls",
             "without it http://master.mesos:8080, as there"},
            "-m",
            Takes::Several,
            add_url},
    Setting{{"--group", Fate::Same, "vip.groups", ""}, "", Takes::One, add_group},
    Setting{{"--sse", Fate::Same, "", "the event bus is always followed"}, "-s", Takes::Nothing},
    Setting{{"--health-check",
             Fate::Differs,
             "probe.enabled",
             "health always counts, and endpoints are checked from here, too"},
            "-H",
            Takes::Nothing},
    Setting{{"--strict-mode",
             Fate::Dropped,
             "",
             "ports without HAPROXY_n_ENABLED are opened: give HAPROXY_n_ENABLED=false to those "
             "that should not be"},
            "",
            Takes::Nothing},
    Setting{{"--dont-bind-http-https",
             Fate::Same,
             "",
             "ports 80 and 443 are only opened where an app asks for them"},
            "",
            Takes::Nothing},
    Setting{{"--ssl-certs", Fate::Dropped, "", kNoTls}},
    Setting{{"--auth-credentials", Fate::Differs, "marathon.password_file", kCredentials},
            "",
            Takes::One,
            set_credentials,
            true},
    Setting{{"--marathon-auth-credential-file",
             Fate::Dropped,
             "marathon.password_file",
             "that file holds user:password; write the user into marathon.username and the "
             "password alone into a file"}},
    Setting{{"--dcos-auth-credentials", Fate::Differs, "marathon.service_account_file", kAccount},
            "",
            Takes::One,
            set_account,
            true},
    Setting{{"--marathon-ca-cert", Fate::Same, "marathon.ca_file", ""}, "", Takes::One, set_ca},
    Setting{{"--log-level", Fate::Same, "log.level", "unless given info, not DEBUG"},
            "",
            Takes::One,
            set_level},
    Setting{{"--log-format", Fate::Dropped, "log.format", "lines are text or JSON"}},
    Setting{{"--syslog-socket",
             Fate::Dropped,
             "",
             "the log is on standard error, which systemd or Mesos keep"}},
    Setting{{"--min-serv-port-ip-per-task", Fate::Dropped, "", kServicePort}},
    Setting{{"--max-serv-port-ip-per-task", Fate::Dropped, "", kServicePort}},
    Setting{{"--haproxy-config", Fate::Dropped, "", kNoConfig}},
    Setting{{"--command", Fate::Dropped, "", kNoReload}, "-c"},
    Setting{{"--max-reload-retries", Fate::Dropped, "", kNoReload}},
    Setting{{"--reload-interval", Fate::Dropped, "", kNoReload}},
    Setting{{"--archive-versions", Fate::Dropped, "", kNoConfig}},
    Setting{{"--skip-validation",
             Fate::Dropped,
             "",
             "a bad label costs nobody but its own app anything"},
            "",
            Takes::Nothing},
    Setting{{"--skip-config-cleanup", Fate::Dropped, "", kNoConfig}, "", Takes::Nothing},
    Setting{{"--lru-cache-capacity", Fate::Dropped, "", "nothing is forgotten for want of room"}},
    Setting{{"--haproxy-map", Fate::Dropped, "", "look-ups are by hash in any case"},
            "",
            Takes::Nothing},
    Setting{{"--group-https-by-vhost", Fate::Dropped, "", kNoTls}, "", Takes::Nothing},
    Setting{{"--max-backoff", Fate::Dropped, "", "a stream that ends is opened anew in seconds"}},
    Setting{{"--dry", Fate::Dropped, "", "`signpost check FILE` judges a configuration"},
            "-d",
            Takes::Nothing},
    Setting{{"--longhelp", Fate::Dropped, "", "docs/reference/labels.md"}, "", Takes::Nothing},
};

constexpr std::array kVariables{
    Setting{{"PORTS", Fate::Dropped, "", "ports are opened as apps ask for them"}},
    Setting{{"HAPROXY_SSL_CERT", Fate::Dropped, "", kNoTls}, "", Takes::One, nullptr, true},
    Setting{{"HAPROXY_SYSLOGD",
             Fate::Differs,
             "vip.access_log",
             "lines about sessions, not requests, in the log itself; at most so many a second"},
            "",
            Takes::One,
            set_access_log},
    Setting{{"HAPROXY_SYSCTL_PARAMS",
             Fate::Dropped,
             "",
             "the host's settings are the host's: /etc/sysctl.d"}},
    Setting{{"HAPROXY_SYSCTL_NONSTRICT", Fate::Dropped, "", "as HAPROXY_SYSCTL_PARAMS"}},
    Setting{{"HAPROXY_GLOBAL_DEFAULT_OPTIONS", Fate::Dropped, "", "these are HAProxy's own"}},
    Setting{{"HAPROXY_<TEMPLATE>", Fate::Dropped, "", kNoConfig}},
    Setting{{"SYSLOG_SOCKET",
             Fate::Dropped,
             "",
             "the log is on standard error, which systemd or Mesos keep"}},
    Setting{{"POLL_INTERVAL", Fate::Dropped, "", "changes arrive as they happen"}},
    Setting{{"MARATHON_USER", Fate::Same, "marathon.username", ""}, "", Takes::One, set_user},
    Setting{{"MARATHON_PASSWORD", Fate::Differs, "marathon.password_file", kCredentials},
            "",
            Takes::One,
            nullptr,
            true},
    Setting{{"DCOS_SERVICE_ACCOUNT_CREDENTIAL",
             Fate::Differs,
             "marathon.service_account_file",
             kAccount},
            "",
            Takes::One,
            set_account,
            true},
    Setting{{"VAULT_TOKEN", Fate::Dropped, "marathon.password_file", kVault},
            "",
            Takes::One,
            nullptr,
            true},
    Setting{{"VAULT_HOST", Fate::Dropped, "", kVault}},
    Setting{{"VAULT_PORT", Fate::Dropped, "", kVault}},
    Setting{{"VAULT_PATH", Fate::Dropped, "", kVault}},
    Setting{{"VAULT_URL", Fate::Dropped, "", kVault}},
    Setting{{"FRAMEWORK_NAME", Fate::Dropped, "", "its own app is not left out"}},
    Setting{{"MESOS_SANDBOX", Fate::Dropped, "", "templates are HAProxy's own"}},
    Setting{{"TINI_SUBREAPER", Fate::Dropped, "", "there are no children to wait for"}},
};

// --- Reading

bool is_variable(std::string_view word) {
  const std::size_t equals = word.find('=');
  return equals != std::string_view::npos && equals > 0 &&
         std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
         });
}

const Setting* find(const auto& table, std::string_view name) {
  const auto row = std::find_if(table.begin(), table.end(), [name](const Setting& s) {
    return s.key == name || (!s.letter.empty() && s.letter == name);
  });
  return row == table.end() ? nullptr : &*row;
}

/// HAPROXY_SSL_CERT0 to 100 are as HAPROXY_SSL_CERT; what else begins so is a template.
const Setting* find_variable(std::string_view name) {
  if (const Setting* known = find(kVariables, name)) return known;
  if (name.starts_with("HAPROXY_SSL_CERT")) return find(kVariables, "HAPROXY_SSL_CERT");
  return name.starts_with("HAPROXY_") ? find(kVariables, "HAPROXY_<TEMPLATE>") : nullptr;
}

std::string unknown(std::string_view name, const auto& table, std::string_view kind) {
  std::vector<std::string> known(table.size());
  std::transform(table.begin(), table.end(), known.begin(), [](const Setting& row) {
    return std::string(row.key);
  });
  const auto meant = config::nearest(name, known);
  return meant ? fmt::format("{}: no such {} of marathon-lb; did you mean {}?", name, kind, *meant)
               : fmt::format("{}: no such {} of marathon-lb", name, kind);
}

class Reading {
 public:
  explicit Reading(const std::vector<std::string>& words) : words_(words) {
    ours_.vip.groups.clear();
  }

  common::Expected<Import> read();

 private:
  void read_variables();
  void read_mode();
  void read_argument();
  std::vector<std::string> values_of(const Setting& setting, std::string_view name);
  void take(const Setting& setting, std::string_view name, const std::string& value);
  void add_habits();
  void complain(const std::string& problem) { errors_ += (errors_.empty() ? "" : "\n") + problem; }
  bool ends() const { return at_ == words_.size(); }

  const std::vector<std::string>& words_;
  std::size_t at_ = 0;
  config::Settings ours_ = config::defaults();
  std::vector<Finding> findings_;
  std::string errors_;
};

common::Expected<Import> Reading::read() {
  read_variables();
  read_mode();
  while (!ends()) read_argument();
  if (ours_.vip.groups.empty()) complain("--group: at least one is needed, as for marathon-lb");
  if (!errors_.empty()) return fail(ErrorCode::InvalidInput, errors_);
  add_habits();
  return finish(ours_, "the arguments of marathon-lb", std::move(findings_));
}

void Reading::read_variables() {
  for (; !ends() && is_variable(words_[at_]); ++at_) {
    const std::string& word = words_[at_];
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Setting* row = find_variable(name);
    if (row == nullptr) {
      complain(unknown(name, kVariables, "variable"));
    } else {
      take(*row, name, word.substr(equals + 1));
    }
  }
}

void Reading::read_mode() {
  if (ends() || words_[at_].starts_with('-')) return;
  const std::string& mode = words_[at_++];
  if (mode == "poll") {
    findings_.push_back({mode, "", Fate::Differs, "", "the event bus is followed in its place"});
  } else if (mode != "sse") {
    complain(fmt::format("{}: expected sse, poll or an argument such as --group", mode));
  }
}

void Reading::read_argument() {
  const std::string& word = words_[at_];
  const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string::npos;
  const std::string name = word.substr(0, equals);
  const Setting* row = find(kArguments, name);
  ++at_;
  if (row == nullptr) {
    complain(unknown(name, kArguments, "argument"));
    values_of({{}, "", Takes::Several}, "");  // Whatever belongs to it.
  } else if (equals != std::string::npos) {
    take(*row, name, word.substr(equals + 1));
  } else {
    for (const std::string& value : values_of(*row, name)) take(*row, name, value);
  }
}

/// One empty value for what takes none.
std::vector<std::string> Reading::values_of(const Setting& setting, std::string_view name) {
  if (setting.takes == Takes::Nothing) return {""};
  std::vector<std::string> values;
  while (!ends() && !words_[at_].starts_with('-')) {
    values.push_back(words_[at_++]);
    if (setting.takes == Takes::One) break;
  }
  if (values.empty() && !name.empty()) complain(fmt::format("{}: its value is missing", name));
  return values;
}

void Reading::take(const Setting& setting, std::string_view name, const std::string& value) {
  if (setting.set != nullptr) {
    if (const Wrong wrong = setting.set(value, ours_); !wrong.empty()) {
      return complain(fmt::format("{}: expected {}", name, wrong));
    }
  }
  findings_.push_back({std::string(name),
                       std::string(setting.secret ? kHidden : value),
                       setting.fate,
                       std::string(setting.option),
                       std::string(setting.note)});
}

/// What marathon-lb does without being told, and we do otherwise.
void Reading::add_habits() {
  if (ours_.marathon.urls.empty()) ours_.marathon.urls = {"http://master.mesos:8080"};
  const auto given = [this](std::string_view name) {
    return std::any_of(
        findings_.begin(), findings_.end(), [name](const Finding& f) { return f.key == name; });
  };
  const auto add = [this](std::string key, std::string_view note) {
    findings_.push_back({std::move(key), "", Fate::Differs, "", std::string(note)});
  };
  if (!given("--dont-bind-http-https")) {
    add("(ports 80 and 443)",
        "apps with HAPROXY_n_VHOST are not gathered there; TLS is, by SIGNPOST_SNI and "
        "vip.sni_listen");
  }
  if (!given("--health-check") && !given("-H")) {
    add("(health)",
        "tasks that fail their checks get no new connections; probe.enabled: false leaves our own "
        "checks out");
  }
  add("(DNS)",
      "marathon-lb has none: start with `signpost vipd -c FILE`; `signpost run` would answer at "
      "dns.listen, too, by default on port 53 of every address");
  add("(port 9090)", "metrics and status are at admin.listen, in another form");
  add("(labels)",
      "which are honoured is in docs/reference/labels.md; HTTP is relayed as TCP, unread");
}

}  // namespace

common::Expected<Import> import_marathon_lb(const std::vector<std::string>& words) {
  return Reading(words).read();
}

std::vector<Row> marathon_lb_argument_rows() { return {kArguments.begin(), kArguments.end()}; }
std::vector<Row> marathon_lb_variable_rows() { return {kVariables.begin(), kVariables.end()}; }

}  // namespace migrate
