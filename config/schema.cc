#include "config/schema.h"

#include <algorithm>

#include "common/reverse_name.h"
#include "config/rows/rows.h"
#include "config/server_name.h"
#include "config/static_record.h"

namespace config {
namespace {

/// The keys of one section that depend on each other.
struct AccessKeys {
  std::string_view username;
  std::string_view password_file;
  std::string_view token_file;
  std::string_view service_account_file;
  std::string_view certificate_file;
  std::string_view key_file;
};

template <const Access& (*access)(const Settings&)>
std::vector<Relation> relations_of(const AccessKeys& keys) {
  return {
      {{keys.username, keys.password_file},
       "goes together with",
       [](const Settings& s) {
         return access(s).username.empty() == access(s).password_file.empty();
       }},
      {{keys.token_file, keys.username},
       "excludes",
       [](const Settings& s) {
         return access(s).token_file.empty() || access(s).username.empty();
       }},
      {{keys.service_account_file, keys.username},
       "excludes",
       [](const Settings& s) {
         return access(s).service_account_file.empty() || access(s).username.empty();
       }},
      {{keys.service_account_file, keys.token_file},
       "excludes",
       [](const Settings& s) {
         return access(s).service_account_file.empty() || access(s).token_file.empty();
       }},
      {{keys.key_file, keys.certificate_file},
       "needs",
       [](const Settings& s) {
         return access(s).key_file.empty() || !access(s).certificate_file.empty();
       }},
  };
}

const Access& marathon_access(const Settings& settings) { return settings.marathon; }
const Access& mesos_access(const Settings& settings) { return settings.mesos; }

constexpr AccessKeys kMarathonKeys{.username = "marathon.username",
                                   .password_file = "marathon.password_file",
                                   .token_file = "marathon.token_file",
                                   .service_account_file = "marathon.service_account_file",
                                   .certificate_file = "marathon.certificate_file",
                                   .key_file = "marathon.key_file"};
constexpr AccessKeys kMesosKeys{.username = "mesos.username",
                                .password_file = "mesos.password_file",
                                .token_file = "mesos.token_file",
                                .service_account_file = "mesos.service_account_file",
                                .certificate_file = "mesos.certificate_file",
                                .key_file = "mesos.key_file"};

bool is_in_a_zone(const StaticRecord& record, const Dns& dns) {
  std::vector<std::string> zones = dns.zones;
  zones.insert(zones.end(), {dns.mesos_domain, dns.dcos_domain});
  for (const common::IpPrefix& zone : dns.reverse_zones) {
    zones.push_back(common::reverse_name(zone.first, zone.length));
  }
  return std::any_of(zones.begin(), zones.end(), [&record](const std::string& zone) {
    return is_in_domain(record.owner, zone);
  });
}

/// RFC 2181 section 10.1: an alias has no other data, and there is one.
bool shares_with_an_alias(const StaticRecord& record, const std::vector<StaticRecord>& all) {
  return std::any_of(all.begin(), all.end(), [&record](const StaticRecord& other) {
    return other.type == "CNAME" && other.owner == record.owner && other != record;
  });
}

bool are_in_zones(const Settings& s) {
  return std::all_of(s.dns.records.begin(), s.dns.records.end(), [&s](const auto& record) {
    return is_in_a_zone(record, s.dns);
  });
}

bool are_apart_from_aliases(const Settings& s) {
  const auto& all = s.dns.records;
  return std::none_of(all.begin(), all.end(), [&](const auto& record) {
    const bool is_apex = record.owner == s.dns.mesos_domain || record.owner == s.dns.dcos_domain ||
                         std::count(s.dns.zones.begin(), s.dns.zones.end(), record.owner) > 0;
    return (record.type == "CNAME" && is_apex) || shares_with_an_alias(record, all);
  });
}

/// What we would send to ourselves comes back to us for ever.
bool asks_itself(const Dns& dns) {
  return std::any_of(
      dns.forward_to.begin(), dns.forward_to.end(), [&dns](const common::SocketAddress& upstream) {
        return std::find(dns.listen.begin(), dns.listen.end(), upstream) != dns.listen.end();
      });
}

}  // namespace

std::vector<Section> schema() {
  return {rows::node(),
          rows::marathon(),
          rows::mesos(),
          rows::file(),
          rows::state(),
          rows::dns(),
          rows::vip(),
          rows::probe(),
          rows::admin(),
          rows::rollout(),
          rows::log(),
          rows::process(),
          rows::minimarathon()};
}

std::vector<Relation> relations() {
  std::vector<Relation> relations{
      {{"probe.timeout", "probe.interval"},
       "must be at most",
       [](const Settings& s) { return s.probe.timeout <= s.probe.interval; }},
      {{"probe.checks", "probe.named"},
       "must name checks of",
       [](const Settings& s) {
         return std::all_of(s.probe.checks.begin(), s.probe.checks.end(), [&s](const auto& check) {
           return check.second.kind != CheckKind::Named ||
                  s.probe.named.contains(check.second.subject);
         });
       }},
      {{"vip.sni_routes"},
       "must have server names such as shop.example.org, *.example.org or *, and VIPs such as "
       "cart.marathon:443",
       [](const Settings& s) {
         return std::all_of(
             s.vip.sni_routes.begin(), s.vip.sni_routes.end(), [](const auto& route) {
               return (route.first == "*" || as_server_name(route.first) == route.first) &&
                      route.second.find(':') != std::string::npos;
             });
       }},
      {{"minimarathon.first_port", "minimarathon.last_port"},
       "must be at most",
       [](const Settings& s) { return s.minimarathon.first_port <= s.minimarathon.last_port; }},
      {{"minimarathon.agents"},
       "must name an address",
       [](const Settings& s) { return !s.minimarathon.agents.empty(); }},
      {{"dns.records"},
       "must lie in dns.mesos_domain, dns.dcos_domain, dns.zones or dns.reverse_zones",
       are_in_zones},
      {{"dns.records"},
       "must have a CNAME alone at its owner, and none where a zone starts",
       are_apart_from_aliases},
      {{"dns.address_order"},
       "must name a source of addresses",
       [](const Settings& s) { return !s.dns.address_order.empty(); }},
      {{"dns.tls_listen", "dns.tls_certificate_file"},
       "needs",
       [](const Settings& s) {
         return s.dns.tls_listen.empty() || !s.dns.tls_certificate_file.empty();
       }},
      {{"dns.tls_key_file", "dns.tls_certificate_file"},
       "needs",
       [](const Settings& s) {
         return s.dns.tls_key_file.empty() || !s.dns.tls_certificate_file.empty();
       }},
      {{"admin.tls_key_file", "admin.tls_certificate_file"},
       "needs",
       [](const Settings& s) {
         return s.admin.tls_key_file.empty() || !s.admin.tls_certificate_file.empty();
       }},
      {{"admin.tls_client_ca_file", "admin.tls_certificate_file"},
       "needs",
       [](const Settings& s) {
         return s.admin.tls_client_ca_file.empty() || !s.admin.tls_certificate_file.empty();
       }},
      {{"dns.forward_to"},
       "must name at most 8 resolvers",
       [](const Settings& s) { return s.dns.forward_to.size() <= 8; }},
      {{"dns.forward_to", "dns.listen"},
       "must not be an address of",
       [](const Settings& s) { return !asks_itself(s.dns); }},
      {{"dns.mesos_domain", "dns.dcos_domain"},
       "must differ from",
       [](const Settings& s) { return s.dns.mesos_domain != s.dns.dcos_domain; }},
  };
  for (const auto& more :
       {relations_of<marathon_access>(kMarathonKeys), relations_of<mesos_access>(kMesosKeys)}) {
    relations.insert(relations.end(), more.begin(), more.end());
  }
  return relations;
}

}  // namespace config
