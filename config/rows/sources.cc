#include <algorithm>

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

bool is_not_empty(const std::string& text) { return !text.empty(); }
constexpr Must<std::string> kNotEmpty{"a text that is not empty", is_not_empty};

}  // namespace

Section marathon() {
  return {
      "marathon",
      "The Marathon whose event bus and API are followed.",
      {option(SIGNPOST_OPTION(marathon.urls),
              {},
              {.must = kHttpUrl},
              "Where Marathon answers, e.g. http://10.0.0.1:8080; host names are allowed. With "
              "several, the next is tried when one fails. Empty: no Marathon is followed."),
       option(SIGNPOST_OPTION(marathon.framework),
              "marathon",
              {.must = kNotEmpty},
              "The name Marathon is registered under with Mesos (its --framework_name). It is part "
              "of every Mesos-DNS name and of the names of VIPs."),
       option(SIGNPOST_OPTION(marathon.request_timeout),
              10s,
              {100ms, 5min},
              "How long one request to the API may take, from look-up to the last byte. Fetching "
              "everything may take six times as long."),
       option(
           SIGNPOST_OPTION(marathon.attach_timeout),
           15s,
           {100ms, 5min},
           "How long a new event stream may be open until Marathon says that it has attached us."),
       option(SIGNPOST_OPTION(marathon.heartbeat_timeout),
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
              "The largest event or answer that is accepted. Old versions put the whole group tree "
              "into an event.")}};
}

Section mesos() {
  return {
      "mesos",
      "The Mesos masters whose operator API is followed.",
      {option(
           SIGNPOST_OPTION(mesos.masters),
           {},
           {.must = kMasterUrl},
           "Where masters answer, e.g. http://10.0.0.1:5050; any of them leads to the leader. Or "
           "one URL such as zk://10.0.0.1:2181,10.0.0.2:2181/mesos, to ask ZooKeeper who leads. "
           "Empty: no Mesos is followed."),
       option(SIGNPOST_OPTION(mesos.mode),
              MesosMode::Auto,
              {},
              "stream: follow the event stream (Mesos 1.1 on). poll: ask for /state again and "
              "again (any version). auto: stream, and poll where the master knows no stream."),
       option(SIGNPOST_OPTION(mesos.request_timeout),
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
       option(SIGNPOST_OPTION(mesos.max_record_bytes),
              64 * kMiB,
              {64 * kKiB, kGiB},
              "The largest record of the stream that is accepted. The first holds everything the "
              "master knows.")}};
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
