#include "admin/mesos_dns.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <utility>

#include "admin/indented.h"
#include "admin/records.h"
#include "dnsd/zone/mesos_dns_names.h"

namespace admin {
namespace {

namespace json = boost::json;
using dnsd::Name;
using dnsd::RrType;

constexpr std::string_view kRedacted = "***";

http::Response answer(const json::value& value) {
  return http::json_response(200, indented(value));
}

dnsd::Name mesos_domain(const MesosDnsView& view) {
  return Name::from_text(view.names.mesos_domain).value();
}

// ---- /v1/version, /v1/config

http::Response version_page(const MesosDnsView&, std::string_view) {
  return answer(json::object{{"Service", "Mesos-DNS"},
                             {"URL", "https://github.com/mesosphere/mesos-dns"},
                             {"Version", "signpost " SIGNPOST_VERSION}});
}

/// A URL may carry a user and password: "zk://user:secret@host".
std::string without_credentials(const std::string& url) {
  const std::size_t scheme = url.find("://");
  const std::size_t at = url.rfind('@');
  if (scheme == std::string::npos || at == std::string::npos || at < scheme) return url;
  return url.substr(0, scheme + 3) + std::string(kRedacted) + url.substr(at);
}

json::array masters(const config::Mesos& mesos, bool with_zookeeper) {
  json::array found;
  for (const std::string& url : mesos.masters) {
    const bool is_zookeeper = url.starts_with("zk://");
    if (is_zookeeper == with_zookeeper) found.emplace_back(without_credentials(url));
  }
  return found;
}

json::array ip_sources(const dnsd::Naming& naming) {
  json::array sources;
  for (const config::AddressSource source : naming.address_order) {
    if (source == config::AddressSource::Agent) {
      sources.emplace_back("host");
    } else {
      for (const char* name : {"netinfo", "mesos", "docker"}) sources.emplace_back(name);
    }
  }
  return sources;
}

http::Response config_page(const MesosDnsView& view, std::string_view) {
  const config::Settings& settings = view.settings;
  const auto ttl = settings.dns.ttl.count();
  const std::string server = "ns1." + view.names.mesos_domain + ".";
  const auto& listen = settings.dns.listen;
  const json::array zookeeper = masters(settings.mesos, true);
  const bool has_secret = !settings.mesos.password_file.empty() ||
                          !settings.mesos.token_file.empty() ||
                          !settings.mesos.service_account_file.empty();
  return answer(json::object{
      {"RefreshSeconds", kRefreshSeconds},
      {"TTL", ttl},
      {"Domain", view.names.mesos_domain},
      {"Port", listen.empty() ? 0 : listen.front().port},
      {"Listener", listen.empty() ? "" : listen.front().ip.to_string()},
      {"HttpPort", settings.admin.listen.port},
      {"HttpListener", settings.admin.listen.ip.to_string()},
      {"DnsOn", true},
      {"HttpOn", true},
      {"EnumerationOn", true},
      {"ExternalOn", false},
      {"RecurseOn", false},
      {"SetTruncateBit", true},
      {"EnforceRFC952", view.names.naming.label_rule == config::LabelRule::Rfc952},
      {"IPSources", ip_sources(view.names.naming)},
      {"SOAMname", server},
      {"SOARname", "root." + server},
      {"SOASerial", view.zones.current()->serial()},
      {"SOAMinttl", settings.dns.soa_minimum.count()},
      {"SRVRecordDefaultWeight", 1},
      {"Masters", masters(settings.mesos, false)},
      {"Zk", zookeeper.empty() ? json::value("") : zookeeper.front()},
      {"MesosCredentials",
       json::object{{"principal", settings.mesos.username},
                    {"secret", has_secret ? kRedacted : ""}}},
  });
}

// ---- /v1/hosts, /v1/services

/// As asked, lowered, with a final dot.
std::string absolute(std::string_view asked) {
  std::string name(asked);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  if (!name.ends_with('.')) name += '.';
  return name;
}

http::Response hosts_page(const MesosDnsView& view, std::string_view asked) {
  const std::string host = absolute(asked);
  const auto zone = view.zones.current();
  json::array found;
  for (const RrType type : {RrType::A, RrType::Aaaa}) {
    for (const std::string& ip : values_at(*zone, host, type)) {
      found.push_back(json::object{{"host", host}, {"ip", ip}});
    }
  }
  if (found.empty()) found.push_back(json::object{{"host", ""}, {"ip", ""}});
  return answer(found);
}

http::Response services_page(const MesosDnsView& view, std::string_view asked) {
  const auto zone = view.zones.current();
  json::array found;
  for (const std::string& value : values_at(*zone, absolute(asked), RrType::Srv)) {
    const std::size_t colon = value.rfind(':');
    const std::string host = value.substr(0, colon);
    for (const RrType type : {RrType::A, RrType::Aaaa}) {
      const auto addresses = values_at(*zone, host, type);
      if (addresses.empty()) continue;
      found.push_back(json::object{{"service", asked},
                                   {"host", host},
                                   {"ip", addresses.front()},
                                   {"port", value.substr(colon + 1)}});
    }
  }
  if (found.empty()) {
    found.push_back(json::object{{"service", ""}, {"host", ""}, {"ip", ""}, {"port", ""}});
  }
  return answer(found);
}

// ---- /v1/enumerate

/// Which tells two frameworks of one name apart where the orchestrator does.
using FrameworkId = std::pair<std::string, std::string>;
using Tasks = std::vector<watcher::TaskPtr>;

std::map<FrameworkId, Tasks> tasks_by_framework(const watcher::Snapshot& snapshot) {
  std::map<FrameworkId, Tasks> frameworks;
  snapshot.tasks.for_each([&](const watcher::TaskKey& key, const watcher::TaskPtr& task) {
    if (task->state != watcher::TaskState::Running) return;
    frameworks[{task->framework, key.scope}].push_back(task);
  });
  for (auto& [id, tasks] : frameworks) {
    std::sort(
        tasks.begin(), tasks.end(), [](const auto& a, const auto& b) { return a->key < b->key; });
  }
  return frameworks;
}

/// Of those whom no task named before had told of.
json::array new_records(const watcher::Task& task,
                        const Name& domain,
                        const dnsd::Naming& naming,
                        std::set<std::string>& told) {
  dnsd::TextArena texts;
  dnsd::Contribution names(texts);
  add_mesos_dns_names(task, domain, naming, names);
  json::array records;
  for (const dnsd::Record& record : names.records()) {
    const std::string type = type_word(record.type);
    const std::string name = dnsd::name_text(record.owner);
    const std::string host = value_text(record.type, record.rdata);
    if (type.empty() || !told.insert(type + " " + name + " " + host).second) continue;
    records.push_back(json::object{{"name", name}, {"host", host}, {"rtype", type}});
  }
  return records;
}

http::Response enumerate_page(const MesosDnsView& view, std::string_view) {
  const auto snapshot = view.catalog.current();
  const Name domain = mesos_domain(view);
  std::set<std::string> told;
  json::array frameworks;
  for (const auto& [id, tasks] : tasks_by_framework(*snapshot)) {
    json::array described;
    for (const watcher::TaskPtr& task : tasks) {
      described.push_back(
          json::object{{"name", task->name},
                       {"id", task->key.id},
                       {"records", new_records(*task, domain, view.names.naming, told)}});
    }
    frameworks.push_back(json::object{{"tasks", std::move(described)}, {"name", id.first}});
  }
  return answer(json::object{{"frameworks", std::move(frameworks)}});
}

// ---- /v1/axfr

http::Response axfr_page(const MesosDnsView& view, std::string_view) {
  const Name domain = mesos_domain(view);
  const auto zone = view.zones.current();
  const std::string server = "ns1." + view.names.mesos_domain + ".";
  return answer(json::object{
      {"TTL", view.settings.dns.ttl.count()},
      {"Serial", zone->serial()},
      {"RefreshSeconds", kRefreshSeconds},
      {"Mname", server},
      {"Rname", "root." + server},
      {"Domain", view.names.mesos_domain},
      {"Records",
       json::object{{"As", records_below(*zone, domain, RrType::A)},
                    {"AAAAs", records_below(*zone, domain, RrType::Aaaa)},
                    {"SRVs", records_below(*zone, domain, RrType::Srv)}}},
  });
}

// ---- Which page

struct Page {
  std::string_view path;  // With a final '/': something stands behind it.
  http::Response (*make)(const MesosDnsView&, std::string_view rest);
};

constexpr std::array<Page, 6> kPages{{
    {"/v1/version", version_page},
    {"/v1/config", config_page},
    {"/v1/hosts/", hosts_page},
    {"/v1/services/", services_page},
    {"/v1/enumerate", enumerate_page},
    {"/v1/axfr", axfr_page},
}};

}  // namespace

std::optional<http::Response> mesos_dns_page(const MesosDnsView& view, std::string_view path) {
  for (const Page& page : kPages) {
    if (!page.path.ends_with('/')) {
      if (path == page.path) return page.make(view, "");
      continue;
    }
    if (!path.starts_with(page.path) || path.size() == page.path.size()) continue;
    return page.make(view, http::percent_decode(path.substr(page.path.size())));
  }
  return std::nullopt;
}

http::Response mesos_dns_route(const MesosDnsView& view, const http::Request& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    return {405, {{"Content-Type", "text/plain"}, {"Allow", "GET, HEAD"}}, "Only GET.\n"};
  }
  if (auto page = mesos_dns_page(view, request.path())) return std::move(*page);
  std::string body = "No such page. There are:\n";
  for (const std::string& path : mesos_dns_paths()) body += path + "\n";
  return {404, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

std::vector<std::string> mesos_dns_paths() {
  std::vector<std::string> paths;
  for (const Page& page : kPages) {
    paths.push_back(std::string(page.path) + (page.path.ends_with('/') ? "<name>" : ""));
  }
  return paths;
}

}  // namespace admin
