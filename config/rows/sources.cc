#include <algorithm>
#include <iterator>
#include <utility>

#include "config/option.h"
#include "config/rows/rows.h"

namespace config::rows {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKiB = 1 << 10;
constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kGiB = 1 << 30;

/// Only the shape: who connects parses the whole of it.
bool is_http_url(const std::string& text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) {
      const std::string_view rest = std::string_view(text).substr(scheme.size());
      return !rest.empty() && std::string_view("/?:#").find(rest.front()) == std::string_view::npos;
    }
  }
  return false;
}
constexpr Must<std::string> kHttpUrl{"a URL such as http://10.0.0.1:8080", is_http_url};

bool is_master_url(const std::string& text) {
  return is_http_url(text) || (text.starts_with("zk://") && text.find('/', 5) != std::string::npos);
}
constexpr Must<std::string> kMasterUrl{
    "a URL such as http://10.0.0.1:5050 or zk://10.0.0.1:2181/mesos", is_master_url};

bool is_username(const std::string& text) { return text.find(':') == std::string::npos; }
constexpr Must<std::string> kUsername{"a text without a colon", is_username};

/// The rows of config::Access in a section. `at` gives the section's member of any Settings.
template <class At>
std::vector<Option> access_options(const std::string& section, At at) {
  const auto place = [at](auto Access::*member) {
    return [ at, member ](auto& settings) -> auto& { return at(settings).*member; };
  };
  const auto row = [&](const char* name, auto Access::*member, auto fallback, const char* text) {
    return option(section + "." + name, place(member), fallback, {}, text);
  };
  return {
      option(section + ".username",
             place(&Access::username),
             "",
             {.must = kUsername},
             "The user to log in as (HTTP Basic), with the password in password_file. Empty: no "
             "login."),
      row("password_file",
          &Access::password_file,
          "",
          "The file that holds the password of username. Files of secrets are read again for "
          "each use, so a new secret needs no restart; white space at their end is left out."),
      row("token_file",
          &Access::token_file,
          "",
          "The file that holds a token to show instead of a user and password."),
      row("token_scheme",
          &Access::token_scheme,
          TokenScheme::Token,
          "How the token is shown. token: as DC/OS wants it (Authorization: token=...). bearer: "
          "as most others do (Authorization: Bearer ...)."),
      row("service_account_file",
          &Access::service_account_file,
          "",
          "The secret of a DC/OS service account: JSON with uid, private_key and "
          "login_endpoint. Tokens are got with it, and renewed before they expire."),
      row("ca_file",
          &Access::ca_file,
          "",
          "The certificates (PEM) that vouch for https peers. Empty: the system's."),
      row("certificate_file",
          &Access::certificate_file,
          "",
          "Our own certificate (PEM, with those it needs to be trusted), for https peers that "
          "want one."),
      row("key_file",
          &Access::key_file,
          "",
          "The private key of certificate_file (PEM, not encrypted). Empty: it stands in "
          "certificate_file too."),
      row("verify",
          &Access::verify,
          true,
          "Whether an https peer has to prove that it is the one in the URL. false lets anybody "
          "read the credentials and make up the cluster.")};
}

std::vector<Option> join(std::vector<Option> options, std::vector<Option> more) {
  std::move(more.begin(), more.end(), std::back_inserter(options));
  return options;
}

bool is_not_empty(const std::string& text) { return !text.empty(); }
constexpr Must<std::string> kNotEmpty{"a text that is not empty", is_not_empty};

}  // namespace

Section marathon() {
  return {
      "marathon",
      "The Marathon whose event bus and API are followed.",
      join(
          {option(SIGNPOST_OPTION(marathon.urls),
                  {},
                  {.must = kHttpUrl},
                  "Where Marathon answers, e.g. http://10.0.0.1:8080; host names are allowed. With "
                  "several, the next is tried when one fails. Empty: no Marathon is followed."),
           option(SIGNPOST_OPTION(marathon.framework),
                  "marathon",
                  {.must = kNotEmpty},
                  "The name Marathon is registered under with Mesos (its --framework_name). It is "
                  "part "
                  "of every Mesos-DNS name and of the names of VIPs."),
           option(
               SIGNPOST_OPTION(marathon.request_timeout),
               10s,
               {100ms, 5min},
               "How long one request to the API may take, from look-up to the last byte. Fetching "
               "everything may take six times as long."),
           option(SIGNPOST_OPTION(marathon.attach_timeout),
                  15s,
                  {100ms, 5min},
                  "How long a new event stream may be open until Marathon says that it has "
                  "attached us."),
           option(
               SIGNPOST_OPTION(marathon.heartbeat_timeout),
               45s,
               {1s, 1h},
               "The event stream is opened anew when it was silent for so long. Marathon sends a "
               "heartbeat every 10 s."),
           option(SIGNPOST_OPTION(marathon.resync_interval),
                  2min,
                  {1s, 24h},
                  "How often everything is fetched again though the stream is healthy, because old "
                  "versions drop events without a word."),
           option(SIGNPOST_OPTION(marathon.coalesce),
                  100ms,
                  {0ms, 10s},
                  "An app is asked for at most once in this time, however many events name it."),
           option(SIGNPOST_OPTION(marathon.max_record_bytes),
                  64 * kMiB,
                  {64 * kKiB, kGiB},
                  "The largest event or answer that is accepted. Old versions put the whole group "
                  "tree "
                  "into an event.")},
          access_options(
              "marathon", [](auto& settings) -> auto& { return settings.marathon; }))};
}

Section mesos() {
  return {
      "mesos",
      "The Mesos masters whose operator API is followed.",
      join(
          {option(SIGNPOST_OPTION(mesos.masters),
                  {},
                  {.must = kMasterUrl},
                  "Where masters answer, e.g. http://10.0.0.1:5050; any of them leads to the "
                  "leader. Or "
                  "one URL such as zk://10.0.0.1:2181,10.0.0.2:2181/mesos, to ask ZooKeeper who "
                  "leads. "
                  "Empty: no Mesos is followed."),
           option(SIGNPOST_OPTION(mesos.mode),
                  MesosMode::Auto,
                  {},
                  "stream: follow the event stream (Mesos 1.1 on). poll: ask for /state again and "
                  "again (any version). auto: stream, and poll where the master knows no stream."),
           option(
               SIGNPOST_OPTION(mesos.request_timeout),
               10s,
               {100ms, 5min},
               "How long one request may take, from look-up to the last byte. Fetching everything "
               "may take six times as long."),
           option(SIGNPOST_OPTION(mesos.heartbeat_timeout),
                  45s,
                  {1s, 1h},
                  "The event stream is opened anew when it was silent for so long. Mesos sends a "
                  "heartbeat every 15 s."),
           option(SIGNPOST_OPTION(mesos.poll_interval),
                  10s,
                  {100ms, 1h},
                  "How often /state is asked for when polling, and the list of agents, which tells "
                  "which of them drain, when streaming."),
           option(SIGNPOST_OPTION(mesos.resync_interval),
                  2min,
                  {1s, 24h},
                  "How often everything is fetched again though the stream is healthy, because the "
                  "master does not tell every change."),
           option(
               SIGNPOST_OPTION(mesos.max_record_bytes),
               64 * kMiB,
               {64 * kKiB, kGiB},
               "The largest record of the stream that is accepted. The first holds everything the "
               "master knows.")},
          access_options(
              "mesos", [](auto& settings) -> auto& { return settings.mesos; }))};
}

Section file() {
  return {"file",
          "Services written down by hand, for what no orchestrator runs.",
          {option(SIGNPOST_OPTION(file.path),
                  "",
                  {},
                  "A YAML or JSON file, read again whenever it changes. Empty: none."),
           option(SIGNPOST_OPTION(file.max_bytes),
                  64 * kMiB,
                  {kKiB, kGiB},
                  "The largest file that is read.")}};
}

Section state() {
  return {"state",
          "The last known state, kept on disk: it is served at the next start until the sources "
          "have spoken.",
          {option(SIGNPOST_OPTION(state.path),
                  "",
                  {},
                  "The file it is kept in, e.g. /var/lib/signpost/state; its directory must exist. "
                  "Empty: it is not kept."),
           option(SIGNPOST_OPTION(state.interval),
                  5s,
                  {100ms, 1h},
                  "The shortest time between two writes.")}};
}

}  // namespace config::rows
