#include "config/fixed_vip.h"
#include "config/option.h"
#include "config/rows/rows.h"

namespace config::rows {
namespace {

using namespace std::chrono_literals;
using common::IpAddress;
using common::Ipv4Prefix;

constexpr Ipv4Prefix kLoopback{0x7f000000, 8};

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

}  // namespace

// A table, however long.
// NOLINTNEXTLINE(readability-function-size)
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
              IpAddress(),
              {},
              "Where the service ports of apps listen."),
       option(SIGNPOST_OPTION(vip.host_network_addresses),
              false,
              {},
              "Whether a label may make an address a VIP that lies in a network of this host's "
              "interfaces and is not its own. Otherwise it is refused, as another host may have "
              "it. For addresses that move from host to host."),
       option(SIGNPOST_OPTION(vip.groups),
              {"external"},
              {.must = kNotEmpty},
              "Service ports are opened for apps whose label HAPROXY_GROUP names one of these "
              "groups; \"*\" stands for every group."),
       option(SIGNPOST_OPTION(vip.balance),
              Balance::TwoChoices,
              {},
              "Which backend gets the next connection; SIGNPOST_BALANCE decides for one app. "
              "two-choices: the less busy of two drawn at random. least-connections: the least "
              "busy of all. peak-ewma: of two, the one that accepts sooner and is less busy. "
              "source, source-port: the same one for the same client address (and port)."),
       option(SIGNPOST_OPTION(vip.prefer_local),
              PreferLocal::Off,
              {},
              "Which of the backends that pass get new connections while there are any. agent: "
              "those on this host, or else in its zone. zone: those in its zone. All do when none "
              "of them can take more."),
       option(SIGNPOST_OPTION(vip.transparent),
              false,
              {},
              "Whether backends see the address of the client instead of this host's. Needs "
              "CAP_NET_ADMIN or CAP_NET_RAW, and that what backends answer is routed through this "
              "host (docs/names-and-vips.md)."),
       option(SIGNPOST_OPTION(vip.panic_threshold),
              0,
              {0, 100},
              "When fewer than so many percent of a VIP's backends pass, the others are used as "
              "well; 0: only when none passes."),
       option(SIGNPOST_OPTION(vip.max_ejected_percent),
              50,
              {0, 100},
              "How many percent of a VIP's backends, but at least one and never all, may be left "
              "out because connections to them failed, until a check by each worker finds them "
              "well; 0: none."),
       option(SIGNPOST_OPTION(vip.slow_start),
              0s,
              {0s, 1h},
              "How long a backend that begins to pass gets less than its share, growing from a "
              "tenth; 0s: none. Not with round-robin, source and source-port."),
       option(SIGNPOST_OPTION(vip.connect_timeout),
              2s,
              {10ms, 5min},
              "How long a backend may take to accept a connection before another one is tried."),
       option(SIGNPOST_OPTION(vip.connect_tries),
              32,
              {1, 1000},
              "Backends that are tried for one client, all told, before it is refused."),
       option(SIGNPOST_OPTION(vip.retry_budget),
              20,
              {0, 100},
              "How many percent of a worker's connections may be at their second try or beyond; 64 "
              "always may. Keeps an outage from multiplying the load."),
       option(
           SIGNPOST_OPTION(vip.hedge_after),
           250ms,
           {0s, 5min},
           "A backend that has not accepted for so long, and for four times its usual time, gets "
           "a rival; who accepts first has the connection. 0s: never."),
       option(SIGNPOST_OPTION(vip.idle_timeout),
              1h,
              {1s, 168h},
              "A connection on which nothing moved for so long is closed."),
       option(SIGNPOST_OPTION(vip.half_close_timeout),
              60s,
              {1s, 168h},
              "The same, once one side has said that it will send no more."),
       option(SIGNPOST_OPTION(vip.max_age),
              0s,
              {0s, 168h},
              "A connection older than so long, less up to a tenth, is closed when it falls quiet, "
              "10s later in any case; 0s: any age. So that weights and new backends reach long "
              "connections."),
       option(SIGNPOST_OPTION(vip.keepalive),
              60s,
              {0s, 2h},
              "A peer not heard of for so long is asked for a sign of life, and given up half a "
              "minute later; 0s: never."),
       option(SIGNPOST_OPTION(vip.drain),
              Drain::Wait,
              {},
              "What becomes of the connections to a backend that goes; SIGNPOST_DRAIN decides for "
              "one app. keep: they live until they end. wait: for vip.drain_timeout at most. "
              "close: they are reset at once. One in which nothing was said yet goes to another "
              "backend in place of that."),
       option(
           SIGNPOST_OPTION(vip.drain_timeout),
           30s,
           {0s, 24h},
           "How long connections to a backend that drains may live on; longer if its app gives its "
           "tasks more time to end."),
       option(SIGNPOST_OPTION(vip.connections),
              10000,
              {1, 1000000},
              "Connections each worker relays at a time; more are refused."),
       option(SIGNPOST_OPTION(vip.vip_connections),
              0,
              {0, 1000000},
              "Of these, for each VIP; 0: no limit of its own."),
       option(SIGNPOST_OPTION(vip.source_connections),
              0,
              {0, 1000000},
              "Of these, from each client address; 0: no limit of its own."),
       option(SIGNPOST_OPTION(vip.backend_connections),
              0,
              {0, 1000000},
              "Of these, to each backend of a VIP; more wait for vip.queue_timeout. 0: no limit."),
       option(SIGNPOST_OPTION(vip.queue_timeout),
              1s,
              {0s, 5min},
              "How long a connection waits when every backend has as many as it may; 0s: it is "
              "refused at once."),
       option(SIGNPOST_OPTION(vip.proxy_timeout),
              3s,
              {10ms, 5min},
              "How long a client may take to send its PROXY header, where the label "
              "SIGNPOST_ACCEPT_PROXY asks for one."),
       option(
           SIGNPOST_OPTION(vip.udp_sessions),
           10000,
           {1, 1000000},
           "UDP flows each worker keeps, one for each client address, port and VIP; the one that "
           "was silent longest makes room for another."),
       option(SIGNPOST_OPTION(vip.udp_idle_timeout),
              60s,
              {100ms, 24h},
              "A UDP flow in which nothing came for so long is forgotten, and its backend chosen "
              "anew."),
       option(
           SIGNPOST_OPTION(vip.udp_answer_timeout),
           0s,
           {0s, 24h},
           "The same, once an answer came and no further question; 0s: vip.udp_idle_timeout. For "
           "services that answer each question once, such as DNS."),
       option(
           SIGNPOST_OPTION(vip.fixed),
           {},
           {},
           "VIPs whose backends no orchestrator knows, each with the VIP as a label has it and its "
           "backends; udp and what SIGNPOST_ labels say may follow: [\"/postgres:5432 "
           "10.0.0.11:5432 10.0.0.12:5432 balance=source\"]. A name gets the framework config: "
           "postgres.config.l4lb.thisdcos.directory."),
       option(SIGNPOST_OPTION(vip.sni_listen),
              {},
              {},
              "Where TLS clients reach VIPs by the server name they ask for, e.g. [0.0.0.0:443]. "
              "The connection is passed on as it is, without its key being needed here."),
       option(
           SIGNPOST_OPTION(vip.sni_routes),
           {},
           {.must = kNotEmpty},
           "Which VIP a server name means, in addition to the labels SIGNPOST_SNI: "
           "{shop.example.org: \"cart.marathon:443\", \"*.example.org\": \"10.1.2.3:443\"}. \"*\" "
           "stands for every other name and for none."),
       option(
           SIGNPOST_OPTION(vip.backend_metrics),
           200,
           {0, 100000},
           "How many backends have figures of their own in /metrics, some 50 lines each; those of "
           "the others, and of all for 0, are only in the sums of their pool."),
       option(SIGNPOST_OPTION(vip.access_log),
              0,
              {0, 100000},
              "Lines a second that each worker may write into the log about sessions and UDP flows "
              "that ended, one each: client, backend, cause, bytes and times. 0: none.")}};
}

}  // namespace config::rows
