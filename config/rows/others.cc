#include <algorithm>

#include "config/check_text.h"
#include "config/option.h"
#include "config/rows/rows.h"

namespace config::rows {
namespace {

using namespace std::chrono_literals;
using common::IpAddress;
using common::SocketAddress;

IpAddress loopback(std::uint32_t host) { return IpAddress::v4(0x7f000000 + host); }

bool is_not_empty(const std::string& text) { return !text.empty(); }
constexpr Must<std::string> kNotEmpty{"a text that is not empty", is_not_empty};

bool is_no_name(const Check& check) { return check.kind != CheckKind::Named; }
constexpr Must<Check> kNoName{"a check that begins with its kind, such as 'tcp'", is_no_name};

}  // namespace

Section node() {
  return {
      "node",
      "Where this host stands in the cluster, for what prefers the tasks near to it.",
      {option(SIGNPOST_OPTION(node.addresses),
              {},
              {},
              "The addresses of the agent on this host, as tasks on it are told to have them. "
              "Empty: those of its network interfaces."),
       option(SIGNPOST_OPTION(node.region),
              "",
              {},
              "The region of this host, as the fault domain of its Mesos agent names it."),
       option(SIGNPOST_OPTION(node.zone), "", {}, "The zone of this host, within its region.")}};
}

Section probe() {
  return {
      "probe",
      "Our own checks of every endpoint behind a VIP. How one is checked is told by the first of "
      "probe.checks, the label SIGNPOST_CHECK and the health checks of its app; a TCP port of "
      "which "
      "none speaks has to accept a connection.",
      {option(SIGNPOST_OPTION(probe.enabled),
              true,
              {},
              "Whether endpoints are checked at all; without, the orchestrator's word counts."),
       option(SIGNPOST_OPTION(probe.interval),
              2s,
              {100ms, 1h},
              "From the start of one check of an endpoint to the start of the next."),
       option(
           SIGNPOST_OPTION(probe.closer_look),
           500ms,
           {100ms, 1h},
           "The same while the endpoint fails, or its last checks disagree; where it is more than "
           "the interval, that counts."),
       option(SIGNPOST_OPTION(probe.timeout),
              1s,
              {10ms, 1h},
              "How long an endpoint may take to pass a check."),
       option(SIGNPOST_OPTION(probe.rise),
              2,
              {1, 100},
              "Checks in a row that must succeed until a failing endpoint passes again."),
       option(SIGNPOST_OPTION(probe.fall),
              3,
              {1, 100},
              "Checks in a row that must fail until a passing endpoint fails."),
       option(SIGNPOST_OPTION(probe.definitions),
              true,
              {},
              "Whether HTTP, HTTPS and TCP health checks that an app defines for its orchestrator "
              "are made from here, too. Its commands never are: they belong into its container."),
       option(SIGNPOST_OPTION(probe.checks),
              {},
              {},
              "Checks of all ports of an app, by its id, e.g. {/shop/cart: http /health}."),
       option(SIGNPOST_OPTION(probe.named),
              {},
              {.must = kNoName},
              "Checks by a name of their own, which a label can give in place of a check, e.g. "
              "{redis: \"command /usr/local/bin/check-redis {host} {port}\"}."),
       option(SIGNPOST_OPTION(probe.commands_in_labels),
              false,
              {},
              "Whether a label may hold a command: then whoever deploys an app can run programs on "
              "this host, as the user that Signpost is."),
       option(SIGNPOST_OPTION(probe.parallel),
              256,
              {1, 10000},
              "Checks under way at a time; those that are due wait."),
       option(SIGNPOST_OPTION(probe.parallel_commands),
              8,
              {1, 1000},
              "Of these, commands that run at a time.")}};
}

Section admin() {
  return {
      "admin",
      "The status API.",
      {option(SIGNPOST_OPTION(admin.listen),
              SocketAddress{loopback(1), 8181},
              {},
              "Where status page, metrics and API are served; reading needs no token."),
       option(SIGNPOST_OPTION(admin.token_file),
              "",
              {},
              "A file with the token that calls which change something have to bear "
              "(Authorization: Bearer TOKEN). Empty: such calls are refused."),
       option(SIGNPOST_OPTION(admin.tls_certificate_file),
              "",
              {},
              "The certificate chain with which admin.listen speaks HTTPS, and nothing else, in "
              "PEM. It is read again when the file changes; a bad one is reported, and the "
              "previous one stays. Empty: plain HTTP."),
       option(SIGNPOST_OPTION(admin.tls_key_file),
              "",
              {},
              "The key of admin.tls_certificate_file, in PEM, read again as that is. Empty: it "
              "is in that file, too."),
       option(SIGNPOST_OPTION(admin.tls_client_ca_file),
              "",
              {},
              "Certificates, in PEM, of those who vouch for clients of admin.listen: then even "
              "reading needs a certificate (mutual TLS). Read again when it changes. Empty: "
              "clients need none."),
       option(SIGNPOST_OPTION(admin.mesos_dns_listen),
              {},
              {},
              "Where the HTTP API of Mesos-DNS, which admin.listen has too, is served alone, "
              "e.g. 0.0.0.0:8123 for clients that know it there; always in plain HTTP."),
       option(SIGNPOST_OPTION(admin.max_streams),
              100,
              {0, 4000},
              "How many clients may follow /v1/events, or wait in /v1/changes, at a time; "
              "others are told to come back later.")}};
}

Section rollout() {
  return {"rollout",
          "Rollouts, which move the clients of a VIP from one app to another.",
          {option(SIGNPOST_OPTION(rollout.scale),
                  false,
                  {},
                  "Whether a rollout that asks for it may scale its two apps in Marathon, kill "
                  "their drained instances and delete the old app. What marathon.urls are shown "
                  "must be allowed to change apps then.")}};
}

Section log() {
  return {"log",
          "The log, on standard error.",
          {option(SIGNPOST_OPTION(log.level),
                  common::log::Level::Info,
                  {},
                  "The least severe lines that are written."),
           option(SIGNPOST_OPTION(log.format),
                  common::log::Format::Text,
                  {},
                  "How lines are written. text: time, level and the line. json: an object a line "
                  "with time, level, msg and each key=value of the line as a member "
                  "(docs/logs.md).")}};
}

Section process() {
  return {
      "process",
      "How this process begins and ends.",
      {option(SIGNPOST_OPTION(process.handover_path),
              "",
              {},
              "A Unix socket by which the same command, started again, takes over from the "
              "running process: its sockets, sessions and state. Empty: it does not. Two "
              "instances on one host need two."),
       option(SIGNPOST_OPTION(process.handover_timeout),
              10s,
              {100ms, 10min},
              "How long the new process may take from getting the sockets until it is ready to "
              "serve; then the old one goes on."),
       option(SIGNPOST_OPTION(process.drain_timeout),
              10s,
              {0s, 1h},
              "How long connections may go on that are open when the process is told to end, or "
              "that cannot pass to the next one."),
       fixed_at_start(option(
           SIGNPOST_OPTION(process.user),
           "",
           {},
           "The user that a process started as root becomes, with the groups this user has. It "
           "keeps the capability for low ports, with VIPs the one for the network, and no other. "
           "Empty: whoever started it.")),
       fixed_at_start(option(
           SIGNPOST_OPTION(process.seccomp),
           true,
           {},
           "Whether system calls are refused that a network daemon never needs, such as ptrace, "
           "mount and bpf; new programs, too, unless process.handover_path or a check that is a "
           "command needs them. Not where the embedded Marathon runs in this process.")),
       option(SIGNPOST_OPTION(process.max_memory_bytes),
              0,
              {0, std::uint64_t{1} << 50},
              "Resident memory of which nine tenths are taken for too much: then VIPs and DNS over "
              "TCP refuse new clients and let go of slow ones, until there is less. 0: only the "
              "limit of the control group counts, where there is one.")}};
}

Section minimarathon() {
  return {
      "minimarathon",
      "The embedded Marathon of demos and tests, which runs apps as local processes.",
      {option(
           SIGNPOST_OPTION(minimarathon.listen),
           SocketAddress{loopback(1), 8080},
           {},
           "Where its REST API and event bus are served, without authentication: whoever reaches "
           "it can run commands."),
       option(
           SIGNPOST_OPTION(minimarathon.standbys),
           {},
           {},
           "Where standbys are served beside the leader; DELETE /v2/leader makes the next of them "
           "the leader."),
       option(SIGNPOST_OPTION(minimarathon.standby_mode),
              StandbyMode::Redirect,
              {},
              "What a standby does with a request for the event stream: redirect to the leader, as "
              "Marathon does since 1.7, or proxy it."),
       option(SIGNPOST_OPTION(minimarathon.faults),
              false,
              {},
              "Whether PUT /faults can make the event bus drop, stall or cut events, for tests."),
       option(SIGNPOST_OPTION(minimarathon.task_killing),
              false,
              {},
              "Whether TASK_KILLING is told of a task that was sent SIGTERM, as Marathon does with "
              "the feature task_killing."),
       option(SIGNPOST_OPTION(minimarathon.agents),
              {loopback(2), loopback(3), loopback(4)},
              {},
              "The addresses that stand for agents; tasks are spread over them."),
       option(SIGNPOST_OPTION(minimarathon.first_port),
              31000,
              {1, 65535},
              "The first host port each agent hands out."),
       option(SIGNPOST_OPTION(minimarathon.last_port),
              31999,
              {1, 65535},
              "The last host port each agent hands out."),
       option(SIGNPOST_OPTION(minimarathon.heartbeat),
              10s,
              {100ms, 10min},
              "How often a heartbeat is sent to each consumer of the event bus."),
       option(SIGNPOST_OPTION(minimarathon.kill_grace),
              3s,
              {0s, 1h},
              "From SIGTERM to SIGKILL, for apps that do not set taskKillGracePeriodSeconds."),
       option(SIGNPOST_OPTION(minimarathon.event_buffer),
              1024,
              {1, 1000000},
              "Events a slow consumer may lag behind before its stream is closed."),
       option(SIGNPOST_OPTION(minimarathon.images),
              {},
              {.must = kNotEmpty},
              "Shell commands that stand in for Docker images, by the beginning of the image's "
              "name. mhausenblas/simpleservice and nginx are built in.")},
      false};
}

}  // namespace config::rows
