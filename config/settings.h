#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/ip.h"
#include "common/log.h"
#include "common/prefix.h"
#include "config/check.h"
#include "config/vip_choices.h"

/// What the operator decided. Plain values; each member's default, unit, range and text stand in
/// config/rows/, and nowhere else.
namespace config {

using Milliseconds = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;

/// How a peer that asks for credentials calls the token it takes: "Authorization: <word>TOKEN".
enum class TokenScheme : std::uint8_t {
  Token,   // "token=", as DC/OS wants it.
  Bearer,  // "Bearer ", RFC 6750.
};

/// How we show an orchestrator who we are, and it us. Secrets stand in files of their own, so that
/// the configuration may be printed and shown around. Empty: none of it.
struct Access {
  std::string username;
  std::string password_file;
  std::string token_file;
  TokenScheme token_scheme{};
  std::string service_account_file;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;  // Empty: in certificate_file.
  bool verify = true;    // Where nothing was configured too: trust is never the default.
};

struct Marathon : Access {
  std::vector<std::string> urls;  // http://host:port; empty: no Marathon source.
  std::string framework;
  Milliseconds request_timeout{};
  Milliseconds attach_timeout{};
  Milliseconds heartbeat_timeout{};
  Milliseconds resync_interval{};
  Milliseconds coalesce{};
  std::uint64_t max_record_bytes{};
};

enum class MesosMode : std::uint8_t { Auto, Stream, Poll };

struct Mesos : Access {
  std::vector<std::string> masters;  // http(s) URLs or one zk:// URL; empty: no Mesos source.
  MesosMode mode{};
  Milliseconds request_timeout{};
  Milliseconds heartbeat_timeout{};
  Milliseconds poll_interval{};
  Milliseconds resync_interval{};
  std::uint64_t max_record_bytes{};
};

struct File {
  std::string path;  // Empty: no file source.
  std::uint64_t max_bytes{};
};

/// Where the last state is kept for the next start.
struct State {
  std::string path;  // Empty: it is not kept.
  Milliseconds interval{};
};

/// Where the host of this process stands among the agents.
struct Node {
  std::vector<common::IpAddress> addresses;  // Empty: those of its network interfaces.
  std::string region;
  std::string zone;
};

/// Which tasks are the first choice while any of them passes; then all are.
enum class PreferLocal : std::uint8_t {
  Off,
  Agent,  // Those on this host; where none is, those of its zone.
  Zone,   // Those in the region and zone of this host.
};

enum class DnsHealth : std::uint8_t { PreferPassing, RequirePassing, Ignore };

/// Which characters and how many of them Mesos-DNS leaves of a name.
enum class LabelRule : std::uint8_t { Rfc1123, Rfc952 };

/// Whose address a task's name leads to.
enum class AddressSource : std::uint8_t { Task, Agent };

/// A record written by hand. Names in lower case, without a final dot.
struct StaticRecord {
  std::string owner;
  std::optional<Seconds> ttl;
  std::string type;               // "A", "SRV" …
  std::vector<std::string> data;  // As many words as the type has fields; a TXT's strings.

  friend auto operator<=>(const StaticRecord&, const StaticRecord&) = default;
};

/// The resolvers for a domain and what is below it.
struct ForwardZone {
  std::string domain;  // In lower case, without a final dot.
  std::vector<common::SocketAddress> upstreams;

  friend auto operator<=>(const ForwardZone&, const ForwardZone&) = default;
};

/// By the scheme's name: "on", "off" or the domain its names stand in.
struct Schemes {
  std::map<std::string, std::string> choices;
};

struct Dns {
  std::vector<common::SocketAddress> listen;
  int workers{};  // 0: one per core.
  std::string mesos_domain;
  std::string dcos_domain;
  Schemes schemes;
  LabelRule label_rule{};
  std::vector<AddressSource> address_order;
  std::vector<common::IpPrefix> reverse_zones;  // Whole octets of IPv4, whole digits of IPv6.
  std::vector<std::string> zones;               // Further ones, with nothing but static records.
  std::vector<StaticRecord> records;
  Seconds ttl{};
  Seconds soa_minimum{};
  DnsHealth health{};
  PreferLocal prefer_local{};
  std::vector<common::IpPrefix> prefer_subnets;  // Whose clients get what lies in the same one.
  int udp_payload{};
  bool partial_answers{};
  int answer_records{};  // 0: all.
  std::string server_id;
  std::string version;
  bool cookies{};
  std::string cookie_secret_file;  // Empty: a secret of our own.
  int rate_limit{};                // Equal answers a second to one network; 0: no limit.
  int rate_limit_slip{};
  std::vector<common::IpPrefix> transfer_to;  // Empty: nobody.
  std::string transfer_key_file;              // Empty: no signature is asked for.
  int transfer_records{};                     // Of an RRset; 0: all.
  std::vector<common::SocketAddress> notify;
  Milliseconds tcp_idle_timeout{};
  Milliseconds tcp_message_timeout{};
  int tcp_connections{};         // Per worker.
  int tcp_client_connections{};  // Per worker.
  std::vector<common::SocketAddress> tls_listen;
  std::string tls_certificate_file;
  std::string tls_key_file;                       // Empty: in tls_certificate_file.
  std::vector<common::SocketAddress> forward_to;  // Empty: nothing is forwarded,
  std::vector<ForwardZone> forward_zones;         // but what is below these.
  std::vector<common::IpPrefix> allow_recursion;
  Milliseconds forward_timeout{};
  int forward_queries{};  // Under way, per worker.
  bool forward_0x20{};
  std::uint64_t cache_size{};  // Bytes per worker; 0: no cache.
  Seconds cache_max_ttl{};
  Seconds cache_max_negative_ttl{};
  Seconds serve_stale{};  // 0: never.
  bool prefetch{};
};

/// A VIP whose backends the configuration lists itself.
struct FixedVip {
  std::string vip;  // As in a label: NAME:PORT or ADDRESS:PORT.
  bool udp = false;
  std::vector<common::SocketAddress> backends;
  std::map<std::string, std::string> labels;  // SIGNPOST_ labels of its port.

  friend auto operator<=>(const FixedVip&, const FixedVip&) = default;
};

struct Vip {
  int workers{};
  common::Ipv4Prefix pool;
  common::Ipv4Prefix fallback_pool;
  common::IpAddress service_address;
  bool host_network_addresses{};  // Labels may name such that are not this host's own.
  std::vector<std::string> groups;
  Balance balance{};
  PreferLocal prefer_local{};
  bool transparent{};         // Backends see the client's own address.
  int panic_threshold{};      // Percent of the backends, here
  int max_ejected_percent{};  // and here.
  Milliseconds slow_start{};  // 0: none.
  Milliseconds connect_timeout{};
  int connect_tries{};
  int retry_budget{};          // Percent of the sessions.
  Milliseconds hedge_after{};  // 0: never.
  Milliseconds idle_timeout{};
  Milliseconds half_close_timeout{};
  Milliseconds max_age{};    // 0: any.
  Milliseconds keepalive{};  // 0: none.
  Drain drain{};
  Milliseconds drain_timeout{};
  int connections{};          // Per worker, as are the next three; 0 of those: no limit.
  int vip_connections{};      // Per VIP,
  int backend_connections{};  // per backend of a VIP,
  int source_connections{};   // and per client address.
  Milliseconds queue_timeout{};
  Milliseconds proxy_timeout{};
  int udp_sessions{};  // Per worker.
  Milliseconds udp_idle_timeout{};
  Milliseconds udp_answer_timeout{};  // 0: as the idle timeout.
  std::vector<FixedVip> fixed;
  std::vector<common::SocketAddress> sni_listen;
  std::map<std::string, std::string> sni_routes;  // Server name -> VIP, as in FixedVip.
  int backend_metrics{};                          // Backends with figures of their own.
  int access_log{};                               // Lines a second and worker; 0: none.
};

struct Probe {
  bool enabled{};
  Milliseconds interval{};
  Milliseconds timeout{};
  int rise{};
  int fall{};
  Milliseconds closer_look{};
  bool definitions{};                   // Follow the health checks of orchestrators.
  std::map<std::string, Check> checks;  // By app.
  std::map<std::string, Check> named;   // What labels may name.
  bool commands_in_labels{};
  int parallel{};
  int parallel_commands{};
};

struct Admin {
  common::SocketAddress listen;
  int max_streams{};                 // Clients of /v1/events and /v1/changes at a time.
  std::string token_file;            // Empty: nothing can be changed through it.
  std::string tls_certificate_file;  // Empty: plain HTTP.
  std::string tls_key_file;          // Empty: in tls_certificate_file.
  std::string tls_client_ca_file;    // Empty: clients need no certificate.
  std::vector<common::SocketAddress> mesos_dns_listen;
};

/// What rollouts may do beside moving clients.
struct Rollout {
  bool scale{};  // Scale and delete the apps of a rollout that asks for it, in their Marathon.
};

struct Log {
  common::log::Level level{};
  common::log::Format format{};
};

/// The beginning and the end of this process.
struct Process {
  std::string handover_path;  // Empty: nobody takes over from it.
  Milliseconds handover_timeout{};
  Milliseconds drain_timeout{};      // 0: none.
  std::string user;                  // Empty: whoever started it.
  bool seccomp{};                    // System calls that no daemon needs are refused.
  std::uint64_t max_memory_bytes{};  // 0: the control group's limit, if there is one.
};

/// What a standby of the embedded Marathon does with requests for the event stream.
enum class StandbyMode : std::uint8_t { Redirect, Proxy };

/// The embedded Marathon of `signpost demo` and of tests.
struct EmbeddedMarathon {
  common::SocketAddress listen;
  std::vector<common::SocketAddress> standbys;
  StandbyMode standby_mode{};
  bool faults{};
  bool task_killing{};  // Tell TASK_KILLING, as Marathon does where the feature is on.
  std::vector<common::IpAddress> agents;
  int first_port{};
  int last_port{};
  Milliseconds heartbeat{};
  Milliseconds kill_grace{};
  int event_buffer{};                         // Events a slow consumer may lag behind.
  std::map<std::string, std::string> images;  // Image prefix -> shell command.
};

struct Settings {
  Node node;
  Marathon marathon;
  Mesos mesos;
  File file;
  State state;
  Dns dns;
  Vip vip;
  Probe probe;
  Admin admin;
  Rollout rollout;
  Log log;
  Process process;
  EmbeddedMarathon minimarathon;
};

}  // namespace config
