#include "admin/names.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "admin/records.h"
#include "dnsd/zone/contribution.h"
#include "dnsd/zone/schemes.h"

namespace admin {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostNames = 100;

/// The tasks and VIPs of one app.
struct Service {
  std::string framework;
  std::vector<watcher::TaskPtr> tasks;
  std::vector<watcher::VipPtr> vips;
};

Service find_service(const watcher::Snapshot& snapshot,
                     const std::string& app,
                     const std::string& framework) {
  Service service{framework, {}, {}};
  std::set<watcher::TaskKey> keys;
  snapshot.tasks.for_each([&](const watcher::TaskKey& key, const watcher::TaskPtr& task) {
    if (*task->app != app || (!framework.empty() && *task->framework != framework)) return;
    service.framework = *task->framework;
    service.tasks.push_back(task);
    keys.insert(key);
  });
  snapshot.vips.for_each([&](const watcher::VipId&, const watcher::VipPtr& vip) {
    const auto& backends = vip->backends;
    const auto is_ours = [&](const auto& backend) { return keys.contains(backend.task); };
    if (std::any_of(backends.begin(), backends.end(), is_ours)) service.vips.push_back(vip);
  });
  return service;
}

using NameAndType = std::pair<std::string, dnsd::RrType>;

/// Who is called how: names, and how many have each.
class Census {
 public:
  explicit Census(const dnsd::ZoneOptions& options)
      : naming_(options.naming),
        schemes_(dnsd::active_schemes(options.schemes, options.mesos_domain, options.dcos_domain)) {
  }

  template <class Rule, class Thing>
  void add(const Thing& thing) {
    dnsd::TextArena texts;
    dnsd::Contribution out(texts);
    for (const dnsd::ActiveScheme& scheme : schemes_) {
      const auto* rule = std::get_if<Rule>(&scheme.rule);
      if (rule != nullptr) (*rule)(thing, scheme.domain, naming_, out);
    }
    std::set<NameAndType> once;
    for (const dnsd::Record& record : out.records()) {
      once.emplace(dnsd::name_text(record.owner), record.type);
    }
    for (const NameAndType& name : once) ++bearers_[name];
  }

  /// Those that most have come first, then the shorter ones.
  std::vector<NameAndType> sorted() const {
    std::vector<NameAndType> names;
    for (const auto& [name, count] : bearers_) {
      if (!type_word(name.second).empty()) names.push_back(name);
    }
    std::sort(names.begin(), names.end(), [this](const auto& a, const auto& b) {
      return order(a) < order(b);
    });
    return names;
  }

 private:
  std::tuple<std::int64_t, std::size_t, NameAndType> order(const NameAndType& name) const {
    return {-static_cast<std::int64_t>(bearers_.at(name)), name.first.size(), name};
  }

  const dnsd::Naming& naming_;
  const std::vector<dnsd::ActiveScheme> schemes_;
  std::map<NameAndType, std::size_t> bearers_;
};

Census count_names(const Service& service, const dnsd::ZoneOptions& options) {
  Census census(options);
  for (const watcher::VipPtr& vip : service.vips) census.add<dnsd::VipRule>(*vip);
  for (const watcher::TaskPtr& task : service.tasks) {
    if (options.naming.health.has_names(*task)) census.add<dnsd::TaskRule>(*task);
  }
  return census;
}

/// Where to ask: for an unspecified address, at our own of its family.
json::array describe_servers(const MesosDnsView& view) {
  json::array servers;
  const auto add = [&](const common::IpAddress& ip, std::uint16_t port) {
    servers.push_back(json::object{{"address", ip.to_string()}, {"port", port}});
  };
  for (const common::SocketAddress& listen : view.settings.dns.listen) {
    if (!listen.ip.is_unspecified()) add(listen.ip, listen.port);
    if (!listen.ip.is_unspecified()) continue;
    for (const common::IpAddress& own : view.names.naming.own_addresses) {
      if (own.is_v4() || listen.ip.is_v6()) add(own, listen.port);
    }
  }
  return servers;
}

/// What is published only: not every name that is asked for is given.
json::array describe_published(const std::vector<NameAndType>& names, const dnsd::Zone& zone) {
  json::array published;
  for (const auto& [name, type] : names) {
    const auto values = values_at(zone, name, type);
    if (values.empty()) continue;
    published.push_back(json::object{{"name", name},
                                     {"type", type_word(type)},
                                     {"values", json::array(values.begin(), values.end())}});
  }
  return published;
}

}  // namespace

std::optional<json::value> describe_names(const MesosDnsView& view,
                                          const std::string& app,
                                          const std::string& framework) {
  const Service service = find_service(*view.catalog.current(), app, framework);
  if (service.tasks.empty()) return std::nullopt;
  const auto zone = view.zones.current();
  std::vector<NameAndType> names = count_names(service, view.names).sorted();
  const std::size_t more = names.size() - std::min(names.size(), kMostNames);
  names.resize(names.size() - more);
  return json::object{{"app", app},
                      {"framework", service.framework},
                      {"generation", zone->generation()},
                      {"servers", describe_servers(view)},
                      {"names", describe_published(names, *zone)},
                      {"more", more}};
}

}  // namespace admin
