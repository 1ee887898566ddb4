#include "migrate/mesos_dns.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "config/load.h"
#include "config/nearest.h"
#include "config/types.h"

namespace migrate {
namespace {

namespace json = boost::json;
using common::ErrorCode;
using common::fail;
using common::IpAddress;
using common::SocketAddress;

constexpr const char* kPasswordFile = "/etc/signpost/mesos-password";

struct Credentials {
  std::string principal;
};

/// What a configuration of Mesos-DNS says. Members have its defaults, where these matter.
struct Theirs {
  std::string zk;
  std::vector<std::string> masters;
  std::int64_t state_timeout = 300;
  std::optional<std::int64_t> ttl;
  std::string domain = "mesos";
  std::int64_t port = 53;
  std::string listener = "0.0.0.0";
  std::int64_t http_port = 8123;
  std::string http_listener = "0.0.0.0";
  bool dns_on = true;
  bool http_on = true;
  bool external_on = true;
  std::vector<std::string> resolvers{"8.8.8.8"};
  std::map<std::string, std::vector<std::string>> zone_resolvers;
  std::int64_t timeout = 5;
  std::vector<std::string> ip_sources{"netinfo", "mesos", "host"};
  bool rfc952 = false;
  bool https = false;
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  std::string authentication;
  Credentials credentials;
  std::string iam_file;
};

// --- Values. Each says what was expected, or nothing when the value will do.

using Wrong = std::optional<std::string_view>;

Wrong read(const json::value& from, std::string& into) {
  if (!from.is_string()) return "a text";
  into = from.get_string();
  return {};
}
Wrong read(const json::value& from, bool& into) {
  if (!from.is_bool()) return "true or false";
  into = from.get_bool();
  return {};
}
Wrong read(const json::value& from, std::int64_t& into) {
  if (!from.is_int64()) return "a whole number";
  into = from.get_int64();
  return {};
}
Wrong read(const json::value& from, std::vector<std::string>& into) {
  if (!from.is_array()) return "a list of texts";
  into.clear();
  for (const json::value& one : from.get_array()) {
    if (read(one, into.emplace_back())) return "a list of texts";
  }
  return {};
}
Wrong read(const json::value& from, std::map<std::string, std::vector<std::string>>& into) {
  constexpr std::string_view kExpected = "an object with a list of resolvers for each zone";
  if (!from.is_object()) return kExpected;
  for (const auto& [zone, list] : from.get_object()) {
    if (read(list, into[zone])) return kExpected;
  }
  return {};
}
Wrong read(const json::value& from, Credentials& into) {
  const json::value* principal =
      from.is_object() ? from.get_object().if_contains("principal") : nullptr;
  if (principal == nullptr) return "an object with principal and secret";
  return read(*principal, into.principal);
}
template <class T>
Wrong read(const json::value& from, std::optional<T>& into) {
  return read(from, into.emplace());
}

template <auto kMember>
Wrong take(const json::value& from, Theirs& into) {
  return read(from, into.*kMember);
}
Wrong leave(const json::value&, Theirs&) { return {}; }

struct Key : Row {
  Wrong (*read)(const json::value&, Theirs&) = leave;
  std::string_view harmless = {};  // With this value, as JSON, nothing is lost.
};

constexpr std::string_view kSoa =
    "the SOA is our own; secondaries are told of changes by dns.notify";
constexpr std::string_view kDead = "Mesos-DNS does not read it either";

constexpr std::array kKeys{
    Key{{"zk", Fate::Same, "mesos.masters", "who leads is asked of ZooKeeper"}, take<&Theirs::zk>},
    Key{{"masters", Fate::Same, "mesos.masters", "without zk only: beside it, ZooKeeper knows"},
        take<&Theirs::masters>},
    Key{{"zkDetectionTimeout",
         Fate::Dropped,
         "",
         "without a leader the last state is served on; nothing ends"}},
    Key{{"refreshSeconds",
         Fate::Dropped,
         "",
         "changes arrive as they happen; for masters without an event stream, "
         "mesos.poll_interval"}},
    Key{{"stateTimeoutSeconds",
         Fate::Differs,
         "mesos.request_timeout",
         "a full state may take six times as long, so a sixth is written"},
        take<&Theirs::state_timeout>},
    Key{{"ttl",
         Fate::Same,
         "dns.ttl",
         "(unless given) 5 s in place of 60 s: answers follow changes, and cost little"},
        take<&Theirs::ttl>},
    Key{{"domain", Fate::Same, "dns.mesos_domain", ""}, take<&Theirs::domain>},
    Key{{"port", Fate::Same, "dns.listen", ""}, take<&Theirs::port>},
    Key{{"listener", Fate::Same, "dns.listen", ""}, take<&Theirs::listener>},
    Key{{"httpport", Fate::Same, "admin.mesos_dns_listen", "(unless given) 8123"},
        take<&Theirs::http_port>},
    Key{{"httplistener", Fate::Same, "admin.mesos_dns_listen", "(unless given) 0.0.0.0"},
        take<&Theirs::http_listener>},
    Key{{"dnson", Fate::Same, "dns.listen", "false: an empty list"}, take<&Theirs::dns_on>},
    Key{{"httpon", Fate::Same, "admin.mesos_dns_listen", "false: an empty list"},
        take<&Theirs::http_on>},
    Key{{"externalon", Fate::Same, "dns.forward_to", "false: neither it nor dns.forward_zones"},
        take<&Theirs::external_on>},
    Key{{"resolvers",
         Fate::Differs,
         "dns.forward_to",
         "the fastest that works is asked, not the first; answers are kept; only those in "
         "dns.allow_recursion are served. Without the key 8.8.8.8, as there"},
        take<&Theirs::resolvers>},
    Key{{"zoneResolvers", Fate::Same, "dns.forward_zones", ""}, take<&Theirs::zone_resolvers>},
    Key{{"timeout",
         Fate::Differs,
         "dns.forward_timeout",
         "for all upstreams of a question together, not for each"},
        take<&Theirs::timeout>},
    Key{{"recurseon", Fate::Dropped, "", "RA is set for those for whom names are forwarded"},
        leave,
        "true"},
    Key{{"IPSources",
         Fate::Differs,
         "dns.address_order",
         "netinfo, docker and mesos are all the task's own address (task), host is agent"},
        take<&Theirs::ip_sources>},
    Key{{"EnforceRFC952", Fate::Same, "dns.label_rule", "true: rfc952"}, take<&Theirs::rfc952>},
    Key{{"SetTruncateBit",
         Fate::Dropped,
         "",
         "a cut answer says that it is one; for clients that cannot ask over TCP, "
         "dns.answer_records keeps answers short"},
        leave,
        "true"},
    Key{{"EnumerationOn",
         Fate::Dropped,
         "",
         "the API is served as a whole; keep strangers from it by admin.mesos_dns_listen"},
        leave,
        "true"},
    Key{{"srvRecordDefaultWeight",
         Fate::Dropped,
         "",
         "the weight of SRV records is 1, or the label SIGNPOST_WEIGHT"},
        leave,
        "1"},
    Key{{"SOAMname", Fate::Dropped, "", "the SOA names ns1 of the zone"}},
    Key{{"SOARname", Fate::Dropped, "", kSoa}},
    Key{{"SOARefresh", Fate::Dropped, "", kSoa}},
    Key{{"SOARetry", Fate::Dropped, "", kSoa}},
    Key{{"SOAExpire", Fate::Dropped, "", kSoa}},
    Key{{"SOAMinttl",
         Fate::Dropped,
         "",
         "Mesos-DNS never uses it; how long a negative answer is kept is dns.soa_minimum"}},
    Key{{"SOASerial", Fate::Dropped, "", "the serial is the generation of what is served"}},
    Key{{"MesosHTTPSOn",
         Fate::Differs,
         "mesos.masters",
         "https URLs; masters have to prove who they are. Mesos-DNS believes any without "
         "CACertFile"},
        take<&Theirs::https>,
        "false"},
    Key{{"CACertFile", Fate::Same, "mesos.ca_file", ""}, take<&Theirs::ca_file>},
    Key{{"CertFile", Fate::Same, "mesos.certificate_file", ""}, take<&Theirs::certificate_file>},
    Key{{"KeyFile", Fate::Same, "mesos.key_file", ""}, take<&Theirs::key_file>},
    Key{{"mesosAuthentication",
         Fate::Same,
         "mesos.username",
         "basic: mesos.username and mesos.password_file; iam: mesos.service_account_file"},
        take<&Theirs::authentication>},
    Key{{"mesosCredentials",
         Fate::Differs,
         "mesos.password_file",
         "the secret stands in a file of its own: write it there"},
        take<&Theirs::credentials>},
    Key{{"IAMConfigFile",
         Fate::Same,
         "mesos.service_account_file",
         "tokens are renewed before they expire, not got for each request"},
        take<&Theirs::iam_file>},
    Key{{"ReverseDnsOn",
         Fate::Dropped,
         "dns.reverse_zones",
         "list the ranges of your tasks there: we do not claim all of in-addr.arpa"},
        leave,
        "false"},
    Key{{"ResolvSubnetFirst",
         Fate::Dropped,
         "dns.prefer_subnets",
         "list the networks whose clients should get what is near"},
        leave,
        "false"},
    Key{{"File", Fate::Dropped, "", kDead}},
    Key{{"ns", Fate::Dropped, "", kDead}},
    Key{{"email", Fate::Dropped, "", kDead}},
};

// --- Reading

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

const Key* find_key(std::string_view name) {
  const auto key = std::find_if(
      kKeys.begin(), kKeys.end(), [name](const Key& k) { return lower(k.key) == lower(name); });
  return key == kKeys.end() ? nullptr : &*key;
}

/// "3:9" of an octet in a text, both from 1.
std::string position(std::string_view text, std::size_t at) {
  const std::string_view before = text.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  return fmt::format("{}:{}", line, at - (start == std::string_view::npos ? 0 : start + 1) + 1);
}

class Reading {
 public:
  Reading(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {}

  common::Expected<void> read();
  const Theirs& theirs() const { return theirs_; }
  bool gives(std::string_view key) const { return given_.contains(lower(key)); }
  void complain(std::string_view key, std::string_view problem);
  common::Expected<std::vector<Finding>> findings() const;
  Finding* finding(std::string_view key);

 private:
  void take(std::string_view name, const json::value& value);
  void refuse(std::string_view name);
  std::string line_of(std::string_view name) const;

  const std::string_view text_;
  const std::string_view origin_;
  Theirs theirs_;
  std::set<std::string> given_;
  std::vector<Finding> findings_;
  std::string errors_;
};

common::Expected<void> Reading::read() {
  json::stream_parser parser;
  json::error_code error;
  const std::size_t used = parser.write_some(text_.data(), text_.size(), error);
  if (!error) parser.finish(error);
  const std::size_t rest = text_.find_first_not_of(" \t\r\n", used);
  if (error || rest != std::string_view::npos) {
    const std::string why = error ? error.message() : "something follows the object";
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("{}:{}: no JSON: {}", origin_, position(text_, std::min(used, rest)), why));
  }
  const json::value root = parser.release();
  if (!root.is_object()) {
    return fail(ErrorCode::InvalidInput, fmt::format("{}:1: expected an object", origin_));
  }
  for (const auto& [name, value] : root.get_object()) take(name, value);
  return {};
}

void Reading::take(std::string_view name, const json::value& value) {
  const Key* key = find_key(name);
  if (key == nullptr) return refuse(name);
  if (value.is_null()) return;  // As if it were not there.
  if (const Wrong wrong = key->read(value, theirs_)) {
    return complain(name, fmt::format("expected {}", *wrong));
  }
  given_.insert(lower(name));
  const std::string printed = json::serialize(value);
  const bool secret = lower(name) == "mesoscredentials";
  const bool harmless = !key->harmless.empty() && printed == key->harmless;
  findings_.push_back({std::string(name),
                       secret ? "(hidden)" : printed,
                       harmless ? Fate::Same : key->fate,
                       std::string(key->option),
                       harmless ? "" : std::string(key->note)});
}

void Reading::refuse(std::string_view name) {
  std::vector<std::string> known(kKeys.size());
  std::transform(kKeys.begin(), kKeys.end(), known.begin(), [](const Key& key) {
    return std::string(key.key);
  });
  const auto meant = config::nearest(name, known);
  complain(name,
           meant ? fmt::format("no such key of Mesos-DNS; did you mean {}?", *meant)
                 : "no such key of Mesos-DNS");
}

void Reading::complain(std::string_view key, std::string_view problem) {
  if (!errors_.empty()) errors_ += '\n';
  errors_ += fmt::format("{}:{} {}: {}", origin_, line_of(key), key, problem);
}

/// "3:" of the first place where the key stands in quotes; nothing when it is written otherwise.
std::string Reading::line_of(std::string_view name) const {
  const std::size_t at = text_.find(fmt::format("\"{}\"", name));
  if (at == std::string_view::npos) return "";
  const auto before = text_.substr(0, at);
  return fmt::format("{}:", std::count(before.begin(), before.end(), '\n') + 1);
}

common::Expected<std::vector<Finding>> Reading::findings() const {
  if (!errors_.empty()) return fail(ErrorCode::InvalidInput, errors_);
  return findings_;
}

Finding* Reading::finding(std::string_view key) {
  const auto found = std::find_if(findings_.begin(), findings_.end(), [key](const Finding& one) {
    return lower(one.key) == lower(key);
  });
  return found == findings_.end() ? nullptr : &*found;
}

// --- Our words

/// IP or IP:port; port 53 where none is told.
std::optional<SocketAddress> resolver(const std::string& text) {
  if (const auto address = IpAddress::parse(text)) return SocketAddress{*address, 53};
  const auto both = config::Type<SocketAddress>::parse(text);
  return both ? std::optional(*both) : std::nullopt;
}

std::vector<SocketAddress> resolvers(const std::vector<std::string>& texts,
                                     std::string_view key,
                                     Reading& reading) {
  std::vector<SocketAddress> found;
  for (const std::string& text : texts) {
    if (const auto one = resolver(text)) {
      found.push_back(*one);
    } else {
      reading.complain(key, fmt::format("'{}' is no IP or IP:port", text));
    }
  }
  return found;
}

std::vector<SocketAddress> listener(const std::string& host,
                                    std::int64_t port,
                                    std::string_view key,
                                    Reading& reading) {
  const auto address = IpAddress::parse(host);
  if (!address) reading.complain(key, fmt::format("'{}' is no IP address", host));
  if (port < 1 || port > 65535) reading.complain(key, fmt::format("{} is no port", port));
  if (!address || port < 1 || port > 65535) return {};
  return {SocketAddress{*address, static_cast<std::uint16_t>(port)}};
}

void set_masters(Reading& reading, config::Settings& ours) {
  const Theirs& theirs = reading.theirs();
  if (theirs.zk.empty() && theirs.masters.empty()) {
    return reading.complain("zk", "neither zk nor masters is given: nobody is followed");
  }
  const std::string_view scheme = theirs.https ? "https://" : "http://";
  for (const std::string& master : theirs.masters)
    ours.mesos.masters.push_back(std::string(scheme) + master);
  if (theirs.zk.empty()) return;
  ours.mesos.masters = {theirs.zk};
  if (Finding* one = reading.finding("masters")) {
    one->fate = Fate::Dropped;
    one->note = "ZooKeeper (zk) knows the masters, also those that come later";
  }
}

void set_identity(Reading& reading, config::Mesos& ours) {
  const Theirs& theirs = reading.theirs();
  ours.ca_file = theirs.ca_file;
  ours.certificate_file = theirs.certificate_file;
  ours.key_file = theirs.key_file;
  if (theirs.authentication == "basic") {
    ours.username = theirs.credentials.principal;
    ours.password_file = kPasswordFile;
  } else if (theirs.authentication == "iam") {
    ours.service_account_file = theirs.iam_file;
  } else if (!theirs.authentication.empty()) {
    reading.complain("mesosAuthentication", "expected basic, iam or nothing");
  }
  for (const char* key : {"mesosCredentials", "IAMConfigFile"}) {
    Finding* unused = reading.finding(key);
    if (unused == nullptr || theirs.authentication == (key[0] == 'm' ? "basic" : "iam")) continue;
    *unused = {
        unused->key, unused->value, Fate::Dropped, "", "mesosAuthentication does not ask for it"};
  }
}

void set_forwarding(Reading& reading, config::Dns& ours) {
  const Theirs& theirs = reading.theirs();
  if (!theirs.external_on) return;
  ours.forward_to = resolvers(theirs.resolvers, "resolvers", reading);
  if (theirs.resolvers.empty()) {
    reading.complain("resolvers", "name them: /etc/resolv.conf is not read for it");
  }
  for (const auto& [zone, list] : theirs.zone_resolvers) {
    ours.forward_zones.push_back({lower(zone), resolvers(list, "zoneResolvers", reading)});
  }
  if (reading.gives("timeout")) {
    ours.forward_timeout = std::chrono::seconds(std::clamp<std::int64_t>(theirs.timeout, 1, 30));
  }
}

void set_address_order(Reading& reading, config::Dns& ours) {
  if (!reading.gives("IPSources")) return;
  ours.address_order.clear();
  for (const std::string& source : reading.theirs().ip_sources) {
    const bool known =
        source == "host" || source == "docker" || source == "mesos" || source == "netinfo";
    if (!known)
      reading.complain("IPSources",
                       fmt::format("'{}' is none of host, docker, mesos, netinfo", source));
    const auto ours_of =
        source == "host" ? config::AddressSource::Agent : config::AddressSource::Task;
    if (std::find(ours.address_order.begin(), ours.address_order.end(), ours_of) ==
        ours.address_order.end()) {
      ours.address_order.push_back(ours_of);
    }
  }
}

void set_listeners(Reading& reading, config::Settings& ours) {
  const Theirs& theirs = reading.theirs();
  ours.dns.listen.clear();
  if (theirs.dns_on) ours.dns.listen = listener(theirs.listener, theirs.port, "listener", reading);
  if (theirs.http_on) {
    ours.admin.mesos_dns_listen =
        listener(theirs.http_listener, theirs.http_port, "httplistener", reading);
  }
}

void set_ttl(Reading& reading, std::int64_t seconds, config::Dns& ours) {
  constexpr std::int64_t kMost = 86400;
  if (seconds < 0 || seconds > kMost) {
    return reading.complain("ttl", fmt::format("expected 0 to {} seconds", kMost));
  }
  ours.ttl = std::chrono::seconds(seconds);
}

config::Settings translate(Reading& reading) {
  const Theirs& theirs = reading.theirs();
  config::Settings ours = config::defaults();
  set_masters(reading, ours);
  set_identity(reading, ours.mesos);
  set_listeners(reading, ours);
  set_forwarding(reading, ours.dns);
  set_address_order(reading, ours.dns);
  ours.dns.mesos_domain = lower(theirs.domain);
  if (theirs.ttl) set_ttl(reading, *theirs.ttl, ours.dns);
  if (theirs.rfc952) ours.dns.label_rule = config::LabelRule::Rfc952;
  if (reading.gives("stateTimeoutSeconds")) {
    ours.mesos.request_timeout =
        std::chrono::seconds(std::clamp<std::int64_t>((theirs.state_timeout + 5) / 6, 1, 300));
  }
  return ours;
}

/// What Mesos-DNS does without being told, and we do otherwise.
void add_habits(const Reading& reading, std::vector<Finding>& findings) {
  if (!reading.theirs().ttl) {
    findings.push_back({"(no ttl)",
                        "60",
                        Fate::Differs,
                        "dns.ttl",
                        "5s in place of its 60 s, as changes arrive at once"});
  }
  findings.push_back({"(health)",
                      "",
                      Fate::Differs,
                      "dns.health",
                      "names lead to tasks that pass their checks; ignore does as Mesos-DNS"});
  findings.push_back({"(VIPs)",
                      "",
                      Fate::Differs,
                      "",
                      "Mesos-DNS has none: `signpost dnsd -c FILE` serves names only"});
}

}  // namespace

common::Expected<Import> import_mesos_dns(std::string_view text, std::string_view origin) {
  Reading reading(text, origin);
  if (auto read = reading.read(); !read) return tl::unexpected(read.error());
  const config::Settings ours = translate(reading);
  auto findings = reading.findings();
  if (!findings) return tl::unexpected(findings.error());
  add_habits(reading, *findings);
  return finish(ours, origin, std::move(*findings));
}

std::vector<Row> mesos_dns_rows() { return {kKeys.begin(), kKeys.end()}; }

}  // namespace migrate
