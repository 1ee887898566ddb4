#include <algorithm>

#include "common/prefix.h"
#include "config/option.h"
#include "config/rows/rows.h"
#include "config/static_record.h"

namespace config::rows {
namespace {

using namespace std::chrono_literals;
using common::IpAddress;
using common::Ipv4Prefix;
using common::SocketAddress;

constexpr Ipv4Prefix kLoopback{0x7f000000, 8};

constexpr IpAddress any() { return {}; }
/// Room is left for the names of tasks in front.
bool is_domain(const std::string& text) { return text.size() <= 128 && is_domain_name(text); }
constexpr Must<std::string> kDomain{
    "a domain name in lower case such as cluster.example, of at most 128 characters", is_domain};

bool is_server_id(const std::string& text) { return text.size() <= 64; }
constexpr Must<std::string> kServerId{"a text of at most 64 bytes", is_server_id};

bool is_version_text(const std::string& text) { return text.size() <= 255; }
constexpr Must<std::string> kVersionText{"a text of at most 255 bytes", is_version_text};

bool is_prefix(const std::string& text) { return common::IpPrefix::parse(text).has_value(); }
constexpr Must<std::string> kPrefix{"an address or range such as 10.0.0.1, 10.0.0.0/8 or fd00::/8",
                                    is_prefix};

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
       option(
           SIGNPOST_OPTION(dns.schemes),
           {},
           {.must = kDomain},
           "Which schemes give names, and where: off, on, or the domain its names stand in. What "
           "is not told is as docs/names.md lists it, e.g. {zk: off, l4lb: vip.example}."),
       option(
           SIGNPOST_OPTION(dns.label_rule),
           LabelRule::Rfc1123,
           {},
           "What is left of a name of Mesos-DNS. rfc1123: 63 characters. rfc952: 24, none of the "
           "first a digit, as with its enforceRFC952."),
       option(SIGNPOST_OPTION(dns.address_order),
              {AddressSource::Task, AddressSource::Agent},
              {},
              "Whose address a name of Mesos-DNS leads to: the first in the list that has any. Its "
              "IPSources netinfo, docker and mesos are the task's, host is the agent's."),
       option(SIGNPOST_OPTION(dns.reverse_zones),
              {},
              {},
              "Addresses whose reverse names (PTR) are answered, and no one else's: the rest of "
              "these ranges does not exist for clients of ours."),
       option(SIGNPOST_OPTION(dns.zones),
              {},
              {.must = kDomain},
              "Further zones to be authoritative for, with nothing in them but dns.records."),
       option(SIGNPOST_OPTION(dns.records),
              {},
              {},
              "Records written by hand, e.g. 'registry.thisdcos.directory 60 CNAME master.mesos': "
              "owner, perhaps a TTL in seconds, type (A, AAAA, CNAME, MX, PTR, SRV, TXT), data. "
              "Nothing else gives records to their owners."),
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
       option(
           SIGNPOST_OPTION(dns.partial_answers),
           true,
           {},
           "Whether an answer that does not fit has as many records as fit. false: it has none, "
           "for clients that take the part for the whole. Both tell the client to ask over TCP."),
       option(SIGNPOST_OPTION(dns.answer_records),
              0,
              {0, 65535},
              "How many records of a type an answer has at most; each query gets others. 0: all."),
       option(SIGNPOST_OPTION(dns.server_id),
              "",
              {.must = kServerId},
              "Which server this is, told to those who ask by NSID or for id.server in class CH. "
              "Empty: it is not told."),
       option(SIGNPOST_OPTION(dns.version),
              "",
              {.must = kVersionText},
              "What is told to those who ask for version.bind in class CH. Empty: nothing."),
       option(SIGNPOST_OPTION(dns.cookies),
              true,
              {},
              "Whether clients that send DNS cookies (RFC 7873) get one, by which they prove later "
              "that their address is not forged."),
       option(SIGNPOST_OPTION(dns.cookie_secret_file),
              "",
              {},
              "The secret that cookies are made with, 32 hexadecimal digits, the same on every "
              "server of one address; a second line holds the previous secret. It is read at the "
              "start. Empty: a random one."),
       option(
           SIGNPOST_OPTION(dns.rate_limit),
           0,
           {0, 1000000},
           "Equal UDP answers a second to one network (/24, or /56 of IPv6) beyond which answers "
           "are dropped, but for clients with a cookie. For servers that strangers reach. 0: no "
           "limit."),
       option(
           SIGNPOST_OPTION(dns.rate_limit_slip),
           2,
           {0, 100},
           "Every so-many-th answer beyond the limit is sent truncated, so that real clients ask "
           "over TCP. 0: none."),
       option(SIGNPOST_OPTION(dns.transfer_to),
              {},
              {.must = kPrefix},
              "Who may have whole zones (AXFR, IXFR), e.g. [10.0.0.53, fd00::/8]. Empty: nobody. "
              "With secondaries set state.path, too, so that serials rise across restarts."),
       option(SIGNPOST_OPTION(dns.transfer_key_file),
              "",
              {},
              "Keys for TSIG with hmac-sha256, one a line: its name and its secret in base64. "
              "Transfers must be signed with one of them. It is read at the start. Empty: the "
              "address is enough."),
       option(SIGNPOST_OPTION(dns.transfer_records),
              0,
              {0, 65535},
              "How many records of one name and type a transfer has at most. BIND refuses zones "
              "with more than 100, unless its max-records-per-type says otherwise. 0: all."),
       option(SIGNPOST_OPTION(dns.notify),
              {},
              {},
              "Secondaries that are told at once when a zone has changed (NOTIFY)."),
       option(SIGNPOST_OPTION(dns.tcp_idle_timeout),
              10s,
              {100ms, 1h},
              "A TCP connection without a query for so long is closed."),
       option(SIGNPOST_OPTION(dns.tcp_message_timeout),
              2s,
              {100ms, 5min},
              "How long one query may take over TCP from its first byte to its last."),
       option(SIGNPOST_OPTION(dns.tcp_connections),
              1000,
              {1, 100000},
              "TCP connections each worker holds; the longest idle one makes room for another."),
       option(SIGNPOST_OPTION(dns.tcp_client_connections),
              500,
              {1, 100000},
              "How many of these one address may have.")}};
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
       option(SIGNPOST_OPTION(vip.balance),
              Balance::TwoChoices,
              {},
              "Which backend gets the next connection; SIGNPOST_BALANCE decides for one app. "
              "two-choices: the less busy of two drawn at random. least-connections: the least "
              "busy of all. peak-ewma: of two, the one that accepts sooner and is less busy. "
              "source, source-port: the same one for the same client address (and port)."),
       option(SIGNPOST_OPTION(vip.panic_threshold),
              0,
              {0, 100},
              "When fewer than so many percent of a VIP's backends pass, the others are used as "
              "well; 0: only when none passes."),
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
              "close: they are reset at once."),
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
           "services that answer each question once, such as DNS.")}};
}

}  // namespace config::rows
