#include "config/schema.h"

#include <algorithm>

#include "config/option.h"

namespace config {
namespace {

using namespace std::chrono_literals;
using common::IpAddress;
using common::Ipv4Prefix;
using common::SocketAddress;

constexpr std::uint64_t kKiB = 1 << 10;
constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kGiB = 1 << 30;
constexpr Ipv4Prefix kLoopback{0x7f000000, 8};

constexpr IpAddress any() { return {}; }
IpAddress loopback(std::uint32_t host) { return IpAddress::v4(0x7f000000 + host); }

// --- What values must be
// --------------------------------------------------------------------------

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

bool is_label(std::string_view text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), allowed);
}

/// RFC 1035 section 2.3.4: labels of at most 63 octets, 253 in all when written out. Room is left
/// for the names of tasks in front.
bool is_domain(const std::string& text) {
  std::string_view rest = text;
  std::size_t dot = 0;
  for (; (dot = rest.find('.')) != std::string_view::npos; rest.remove_prefix(dot + 1)) {
    if (!is_label(rest.substr(0, dot))) return false;
  }
  return is_label(rest) && text.size() <= 128;
}
constexpr Must<std::string> kDomain{
    "a domain name in lower case such as cluster.example, of at most 128 characters", is_domain};

bool is_not_empty(const std::string& text) { return !text.empty(); }
constexpr Must<std::string> kNotEmpty{"a text that is not empty", is_not_empty};

bool is_pool(const Ipv4Prefix& prefix) { return prefix.length <= 30; }
constexpr Must<Ipv4Prefix> kPool{"a range of 4 addresses or more", is_pool};

bool is_loopback_pool(const Ipv4Prefix& prefix) {
  return is_pool(prefix) && prefix.length >= kLoopback.length &&
         kLoopback.contains(IpAddress::v4(prefix.first));
}
constexpr Must<Ipv4Prefix> kLoopbackPool{"a range of 4 addresses or more inside 127.0.0.0/8",
                                         is_loopback_pool};

// --- The options
// ---------------------------------------------------------------------------------- A row: member,
// default, limits, text.

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

Section dns() {
  return {
      "dns",
      "The authoritative DNS server.",
      {option(SIGNPOST_OPTION(dns.listen),
              {SocketAddress{any(), 53}},
              {},
              "Where queries are taken, UDP and TCP."),
       option(SIGNPOST_OPTION(dns.workers), 0, {0, 256}, "Threads that answer; 0: one per core."),
       option(SIGNPOST_OPTION(dns.mesos_domain),
              "mesos",
              {.must = kDomain},
              "The zone with the names of Mesos-DNS, e.g. web.marathon.mesos."),
       option(SIGNPOST_OPTION(dns.dcos_domain),
              "thisdcos.directory",
              {.must = kDomain},
              "The zone with the names of DC/OS, e.g. web.marathon.l4lb.thisdcos.directory."),
       option(SIGNPOST_OPTION(dns.ttl), 5s, {0s, 24h}, "How long resolvers may keep an answer."),
       option(SIGNPOST_OPTION(dns.soa_minimum),
              1s,
              {0s, 24h},
              "How long resolvers may keep the answer that a name does not exist (RFC 2308)."),
       option(SIGNPOST_OPTION(dns.health),
              DnsHealth::PreferPassing,
              {},
              "Which tasks a name leads to. prefer-passing: those that pass their checks, all "
              "running ones when none does. require-passing: those that pass, if any. ignore: all "
              "running ones."),
       option(SIGNPOST_OPTION(dns.udp_payload),
              1232,
              {512, 4096},
              "The largest UDP answer in bytes, whatever clients offer; larger ones are truncated "
              "and fetched over TCP. 1232 passes every network without fragments."),
       option(SIGNPOST_OPTION(dns.tcp_idle_timeout),
              10s,
              {100ms, 1h},
              "A TCP connection without a query for so long is closed."),
       option(SIGNPOST_OPTION(dns.tcp_connections),
              1000,
              {1, 100000},
              "TCP connections each worker holds; the longest idle one makes room for another.")}};
}

Section vip() {
  return {
      "vip",
      "The proxy behind virtual IPs.",
      {option(SIGNPOST_OPTION(vip.workers), 0, {0, 256}, "Threads that relay; 0: one per core."),
       option(SIGNPOST_OPTION(vip.pool),
              Ipv4Prefix{0x0b000000, 8},
              {.must = kPool},
              "Named VIPs get their address here, computed from the name as DC/OS does. The range "
              "is made local, which needs CAP_NET_ADMIN."),
       option(SIGNPOST_OPTION(vip.fallback_pool),
              Ipv4Prefix{0x7f800000, 9},
              {.must = kLoopbackPool},
              "Used in place of the pool when that cannot be made local."),
       option(SIGNPOST_OPTION(vip.service_address),
              any(),
              {},
              "Where the service ports of apps listen."),
       option(SIGNPOST_OPTION(vip.groups),
              {"external"},
              {.must = kNotEmpty},
              "Service ports are opened for apps whose label HAPROXY_GROUP names one of these "
              "groups; \"*\" stands for every group."),
       option(SIGNPOST_OPTION(vip.connect_timeout),
              2s,
              {10ms, 5min},
              "How long a backend may take to accept a connection before another one is tried."),
       option(SIGNPOST_OPTION(vip.idle_timeout),
              1h,
              {1s, 168h},
              "A connection on which nothing moved for so long is closed."),
       option(
           SIGNPOST_OPTION(vip.drain_timeout),
           30s,
           {0s, 24h},
           "How long connections to a backend that drains may live on; longer if its app gives its "
           "tasks more time to end."),
       option(SIGNPOST_OPTION(vip.connections),
              10000,
              {1, 1000000},
              "Connections each worker relays at a time; more are refused.")}};
}

Section probe() {
  return {"probe",
          "Our own checks: a TCP connection to every endpoint behind a VIP.",
          {option(SIGNPOST_OPTION(probe.enabled),
                  true,
                  {},
                  "Whether endpoints are checked at all; without, the orchestrator's word counts."),
           option(SIGNPOST_OPTION(probe.interval),
                  2s,
                  {100ms, 1h},
                  "From the start of one check of an endpoint to the start of the next."),
           option(SIGNPOST_OPTION(probe.timeout),
                  1s,
                  {10ms, 1h},
                  "How long an endpoint may take to accept the connection."),
           option(SIGNPOST_OPTION(probe.rise),
                  2,
                  {1, 100},
                  "Checks in a row that must succeed until a failing endpoint passes again."),
           option(SIGNPOST_OPTION(probe.fall),
                  3,
                  {1, 100},
                  "Checks in a row that must fail until a passing endpoint fails.")}};
}

Section admin() {
  return {"admin",
          "The status API.",
          {option(SIGNPOST_OPTION(admin.listen),
                  SocketAddress{loopback(1), 8181},
                  {},
                  "Where /metrics, /readyz and the API are served, without authentication.")}};
}

Section log() {
  return {"log",
          "The log, on standard error.",
          {option(SIGNPOST_OPTION(log.level),
                  common::log::Level::Info,
                  {},
                  "The least severe lines that are written.")}};
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
              "name. mhausenblas/simpleservice and nginx are built in.")}};
}

}  // namespace

std::vector<Section> schema() {
  return {marathon(), dns(), vip(), probe(), admin(), log(), minimarathon()};
}

std::vector<Relation> relations() {
  return {
      {{"probe.timeout", "probe.interval"},
       "must be at most",
       [](const Settings& s) { return s.probe.timeout <= s.probe.interval; }},
      {{"minimarathon.first_port", "minimarathon.last_port"},
       "must be at most",
       [](const Settings& s) { return s.minimarathon.first_port <= s.minimarathon.last_port; }},
      {{"minimarathon.agents"},
       "must name an address",
       [](const Settings& s) { return !s.minimarathon.agents.empty(); }},
      {{"dns.mesos_domain", "dns.dcos_domain"},
       "must differ from",
       [](const Settings& s) { return s.dns.mesos_domain != s.dns.dcos_domain; }},
  };
}

}  // namespace config
