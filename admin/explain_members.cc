#include "admin/explain_members.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <tuple>
#include <utility>

#include "config/types.h"
#include "dnsd/wire/text.h"

namespace admin::explain {
namespace {

namespace json = boost::json;
using dnsd::Origin;
using dnsd::Rank;
using dnsd::RrType;

/// Service bindings are made of what SRV records say.
bool stands_for(RrType has, RrType wanted) {
  const bool binding = wanted == RrType::Svcb || wanted == RrType::Https;
  return has == wanted || has == RrType::Cname || (binding && has == RrType::Srv);
}

bool is_drained(const Origin& origin) {
  if (!origin.task) return false;
  const auto& ports = origin.task->ports;
  return origin.task->drained ||
         std::any_of(ports.begin(), ports.end(), [](const auto& port) { return port.drained; });
}

std::vector<Origin> find_wanted(std::string_view name, RrType type, const Facts& facts) {
  auto origins = dnsd::find_origins(name, facts.snapshot, *facts.names);
  std::erase_if(origins, [type](const Origin& origin) {
    return type != RrType::Any && !stands_for(origin.type, type);
  });
  std::sort(origins.begin(), origins.end(), [](const Origin& a, const Origin& b) {
    return std::tie(a.scheme, a.type, a.rdata) < std::tie(b.scheme, b.type, b.rdata);
  });
  return origins;
}

/// The tasks whose checks are asked for.
std::vector<watcher::TaskPtr> failing_of(const std::vector<Origin>& origins) {
  std::vector<watcher::TaskPtr> tasks;
  for (const Origin& origin : origins) {
    if (origin.task && !(origin.passing && origin.named)) tasks.push_back(origin.task);
  }
  return tasks;
}

}  // namespace

Members::Members(std::string_view name, RrType type, const dnsd::Node* node, const Facts& facts)
    : node_(node),
      origins_(find_wanted(name, type, facts)),
      facts_(with_places(facts, failing_of(origins_))) {}

json::array Members::describe() const {
  json::array members;
  for (const Origin& origin : origins_) members.push_back(describe(origin));
  return members;
}

json::array Members::schemes() const {
  std::set<std::pair<std::string_view, std::string>> used;
  for (const Origin& origin : origins_) used.emplace(origin.scheme, origin.domain);
  json::array schemes;
  for (const auto& [name, domain] : used) {
    schemes.push_back(json::object{{"scheme", name}, {"domain", domain}});
  }
  return schemes;
}

std::string Members::ttl_by() const {
  const Origin* least = nullptr;
  for (const Origin& origin : origins_) {
    if (origin.ttl_s == dnsd::kZoneTtl || !is_published(origin)) continue;
    if (least == nullptr || origin.ttl_s < least->ttl_s) least = &origin;
  }
  if (least == nullptr) return "dns.ttl";
  return least->task ? "SIGNPOST_DNS_TTL of " + *least->task->app : "dns.records";
}

std::vector<std::string> Members::sources() const {
  std::set<std::string> names;
  for (const Origin& origin : origins_) {
    if (origin.task) names.insert(*origin.task->key.source);
    if (!origin.source.empty()) names.insert(origin.source);
  }
  return {names.begin(), names.end()};
}

std::string Members::why_none() const {
  for (const Origin& origin : origins_) {
    if (origin.named) return {};
  }
  return empty() ? std::string() : "the tasks behind it have no names: " + why(origins_.front());
}

bool Members::is_published(const Origin& origin) const {
  if (node_ == nullptr || !origin.named) return false;
  const dnsd::RrSet rrset = node_->find(origin.type);
  const auto members = rrset.members();
  return std::any_of(members.begin(),
                     members.begin() + static_cast<std::ptrdiff_t>(rrset.size()),
                     [&](const dnsd::Member& member) { return member.rdata == origin.rdata; });
}

json::object Members::describe(const Origin& origin) const {
  json::object member{{"scheme", origin.scheme},
                      {"type", dnsd::type_text(origin.type)},
                      {"data", dnsd::rdata_text(origin.type, origin.rdata)},
                      {"published", is_published(origin)},
                      {"passing", origin.passing},
                      {"why", why(origin)}};
  if (origin.task) member["task"] = describe_task(*origin.task);
  if (origin.vip) member["vip"] = origin.vip->id.to_string();
  if (!origin.source.empty()) member["source"] = origin.source;
  return member;
}

std::string Members::why(const Origin& origin) const {
  std::string failing = origin.task && !(origin.passing && origin.named)
                            ? why_not_passing(*origin.task, facts_)
                            : std::string();
  if (!origin.named) return failing;
  if (is_published(origin)) {
    return failing.empty() ? failing : failing + "; it is answered as no other passes (dns.health)";
  }
  return failing.empty() ? why_outranked(origin) : failing;
}

std::string Members::why_outranked(const Origin& origin) const {
  if (origin.type == RrType::Ptr) return "another name of this address is answered";
  if (origin.rank == Rank::Draining && is_drained(origin)) {
    return std::string(kOperatorDrains) + ", and others pass";
  }
  if (origin.rank == Rank::Draining) return "it drains: its weight is 0, and others pass";
  const auto& preferred = facts_.more.settings.dns.prefer_local;
  return "nearer ones come first (dns.prefer_local: " +
         config::Type<config::PreferLocal>::print(preferred) + ")";
}

}  // namespace admin::explain
