#include "dnsd/zone/origins.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "dnsd/zone/bearers.h"
#include "dnsd/zone/contribution.h"
#include "dnsd/zone/schemes.h"
#include "dnsd/zone/static_records.h"

namespace dnsd {
namespace {

/// Runs one scheme after the other over what it may name.
class Search {
 public:
  Search(std::string_view name, const ZoneOptions& options)
      : name_(name), options_(options), bearers_(name, options.naming) {}

  void look_at(const watcher::Snapshot& snapshot) {
    for (const ActiveScheme& scheme :
         active_schemes(options_.schemes, options_.mesos_domain, options_.dcos_domain)) {
      if (may_reach(scheme)) run(scheme, snapshot);
    }
  }

  std::vector<Origin> take() { return std::move(found_); }

 private:
  /// Reverse names stand in none of the schemes' domains, and any of them may give one.
  bool may_reach(const ActiveScheme& scheme) const {
    return is_at_or_below(name_, scheme.domain.wire()) || bearers_.is_reverse();
  }

  void run(const ActiveScheme& scheme, const watcher::Snapshot& snapshot) {
    const Naming& naming = options_.naming;
    if (const auto* rule = std::get_if<TaskRule>(&scheme.rule)) {
      snapshot.tasks.for_each([&](const watcher::TaskKey&, const watcher::TaskPtr& task) {
        if (!bearers_.may_be(*task)) return;
        out_.set_ttl(ttl_of(*task, out_));
        out_.set_rank(rank_of(*task, naming.host, naming.prefer_local));
        (*rule)(*task, scheme.domain, naming, out_);
        keep(scheme, {.named = naming.health.has_names(*task), .task = task});
      });
    } else if (const auto* of_vips = std::get_if<VipRule>(&scheme.rule)) {
      snapshot.vips.for_each([&](const watcher::VipId&, const watcher::VipPtr& vip) {
        (*of_vips)(*vip, scheme.domain, naming, out_);
        keep(scheme, {.vip = vip});
      });
    } else if (const auto* of_members = std::get_if<MemberRule>(&scheme.rule)) {
      for (const auto& [source, members] : snapshot.members) {
        (*of_members)(Members(*members), scheme.domain, naming, out_);
        keep(scheme, {.source = source});
      }
    } else if (const auto* fixed = std::get_if<FixedRule>(&scheme.rule)) {
      (*fixed)(scheme.domain, naming, out_);
      keep(scheme, {});
    }
  }

  /// Of what one thing gave, what stands at the name.
  void keep(const ActiveScheme& scheme, const Origin& from) {
    for (const Record& record : out_.records()) {
      if (record.owner != name_) continue;
      Origin& origin = found_.emplace_back(from);
      origin.scheme = scheme.name;
      origin.domain = scheme.domain.to_text();
      origin.type = record.type;
      origin.rdata = record.rdata;
      origin.passing = record.passing;
      origin.ttl_s = record.ttl_s;
      origin.rank = record.rank;
    }
    out_.clear();
    texts_.clear();
  }

  std::string_view name_;
  const ZoneOptions& options_;
  Bearers bearers_;
  TextArena texts_;
  Contribution out_{texts_};
  std::vector<Origin> found_;
};

std::vector<Origin> find_static(std::string_view name, const ZoneOptions& options) {
  TextArena texts;
  std::vector<Origin> found;
  for (const Record& record : static_records(options.records, texts)) {
    if (record.owner != name) continue;
    found.push_back({.scheme = "dns.records",
                     .type = record.type,
                     .rdata = std::string(record.rdata),
                     .ttl_s = record.ttl_s});
  }
  return found;
}

}  // namespace

std::vector<Origin> find_origins(std::string_view name,
                                 const watcher::Snapshot& snapshot,
                                 const ZoneOptions& options) {
  auto found = find_static(name, options);
  if (!found.empty()) return found;  // Their owners are the configuration's alone.
  Search search(name, options);
  search.look_at(snapshot);
  return search.take();
}

std::vector<std::string> follow_aliases(const Zone& zone, std::string_view name) {
  std::vector<std::string> names;
  std::string at(name);
  for (int steps = 0; steps < Zone::kMaxAliases && zone.nodes().find(at) == nullptr; ++steps) {
    const auto& aliases = zone.aliases();
    const auto alias = std::find_if(aliases.begin(), aliases.end(), [&at](const Zone::Alias& one) {
      return is_at_or_below(at, one.domain);
    });
    if (alias == aliases.end()) break;
    at.replace(at.size() - alias->domain.size(), alias->domain.size(), alias->target);
    if (at.size() > Name::kMaxSize) break;
    names.push_back(at);
  }
  return names;
}

}  // namespace dnsd
