#include "common/prefix.h"
#include "config/forward_zone.h"
#include "config/option.h"
#include "config/rows/rows.h"
#include "config/static_record.h"

namespace config::rows {
namespace {

using namespace std::chrono_literals;
using common::IpAddress;
using common::IpPrefix;
using common::SocketAddress;

constexpr IpAddress any() { return {}; }
/// Room is left for the names of tasks in front.
bool is_domain(const std::string& text) { return text.size() <= 128 && is_domain_name(text); }
constexpr Must<std::string> kDomain{
    "a domain name in lower case such as cluster.example, of at most 128 characters", is_domain};

bool is_server_id(const std::string& text) { return text.size() <= 64; }
constexpr Must<std::string> kServerId{"a text of at most 64 bytes", is_server_id};

bool is_version_text(const std::string& text) { return text.size() <= 255; }
constexpr Must<std::string> kVersionText{"a text of at most 255 bytes", is_version_text};

/// Of whole labels below in-addr.arpa or ip6.arpa.
bool is_reverse_zone(const IpPrefix& range) {
  const int step = range.first.is_v4() ? 8 : 4;
  const int most = range.first.is_v4() ? 24 : 124;
  return range.length >= step && range.length <= most && range.length % step == 0;
}
constexpr Must<IpPrefix> kReverseZone{
    "a range such as 10.32.0.0/16 (of /8, /16 or /24) or \"fd01::/16\" (a multiple of 4)",
    is_reverse_zone};

/// Loopback, and what RFC 1918 and RFC 4193 keep from the Internet.
std::vector<IpPrefix> private_ranges() {
  std::vector<IpPrefix> ranges;
  for (const char* range :
       {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7"}) {
    ranges.push_back(*IpPrefix::parse(range));
  }
  return ranges;
}

}  // namespace

// A table, however long.
// NOLINTNEXTLINE(readability-function-size)
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
              {.must = kReverseZone},
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
       option(SIGNPOST_OPTION(dns.prefer_local),
              PreferLocal::Off,
              {},
              "Which of the tasks that a name leads to are told while there are any. agent: those "
              "on this host, or else in its zone. zone: those in its zone. For servers that are "
              "asked by the clients near to them."),
       option(SIGNPOST_OPTION(dns.prefer_subnets),
              {},
              {},
              "Networks whose clients get only the addresses in the same network, where an answer "
              "has any. The narrowest network that holds the client counts."),
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
              "server of one address; a second line holds the previous secret. It is read again "
              "when it changes. Empty: a random one."),
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
              {},
              "Who may have whole zones (AXFR, IXFR), e.g. [10.0.0.53, fd00::/8]. Empty: nobody. "
              "With secondaries set state.path, too, so that serials rise across restarts."),
       option(
           SIGNPOST_OPTION(dns.transfer_key_file),
           "",
           {},
           "Keys for TSIG with hmac-sha256, one a line: its name and its secret in base64. "
           "Transfers must be signed with one of them, and NOTIFY is, with the first. It is read "
           "again when it changes. Empty: the address is enough."),
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
              "How many of these one address may have."),
       option(SIGNPOST_OPTION(dns.tls_listen),
              {},
              {},
              "Where queries are taken over TLS (DoT, RFC 7858), usually at port 853. The limits "
              "are those of TCP."),
       option(SIGNPOST_OPTION(dns.tls_certificate_file),
              "",
              {},
              "The certificate chain for dns.tls_listen, in PEM. It is read again when the file "
              "changes; a bad one is reported, and the previous one stays."),
       option(SIGNPOST_OPTION(dns.tls_key_file),
              "",
              {},
              "The key of dns.tls_certificate_file, in PEM. Empty: it is in that file, too."),
       option(SIGNPOST_OPTION(dns.forward_to),
              {},
              {},
              "Resolvers (upstreams) that are asked for names outside our zones, e.g. "
              "[\"10.0.0.2:53\", \"10.0.0.3:53\"]: the fastest that works, another one as soon as "
              "it is late. Empty: such names are refused."),
       option(SIGNPOST_OPTION(dns.forward_zones),
              {},
              {},
              "Resolvers for a domain and what is below it, e.g. ['corp.example 10.1.0.2:53']. The "
              "longest domain that fits decides; names in our own zones are never forwarded."),
       option(SIGNPOST_OPTION(dns.allow_recursion),
              private_ranges(),
              {},
              "Whose queries are forwarded; everybody else is refused, so that nobody can attack "
              "others through us."),
       option(SIGNPOST_OPTION(dns.forward_timeout),
              4s,
              {100ms, 30s},
              "How long upstreams are asked for one name before it fails; less than clients wait "
              "(5 s, most of them)."),
       option(SIGNPOST_OPTION(dns.forward_queries),
              1000,
              {1, 100000},
              "Names each worker asks upstreams for at a time; more fail at once."),
       option(SIGNPOST_OPTION(dns.forward_0x20),
              true,
              {},
              "Whether upstreams are asked in random upper and lower case, which forgers would "
              "have to guess. Who changes the case is asked over TCP."),
       option(SIGNPOST_OPTION(dns.cache_size),
              std::uint64_t{16} << 20,
              {0, std::uint64_t{1} << 36},
              "Memory of each worker for what upstreams answered. 0: nothing is kept."),
       option(SIGNPOST_OPTION(dns.cache_max_ttl),
              24h,
              {1s, 168h},
              "How long an answer is kept at most, whatever its TTL."),
       option(SIGNPOST_OPTION(dns.cache_max_negative_ttl),
              1h,
              {1s, 24h},
              "How long it is kept at most that a name, or a type of it, does not exist."),
       option(SIGNPOST_OPTION(dns.serve_stale),
              24h,
              {0s, 168h},
              "How long beyond its TTL an answer is served while no upstream gives a new one "
              "(RFC 8767). 0: never."),
       option(SIGNPOST_OPTION(dns.prefetch),
              true,
              {},
              "Whether an answer that is asked for in the last tenth of its TTL is renewed "
              "meanwhile.")}};
}

}  // namespace config::rows
