#include "dnsd/zone/zone_builder.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <type_traits>
#include <utility>

#include "dnsd/zone/contribution.h"
#include "dnsd/zone/health_policy.h"
#include "dnsd/zone/node_tree.h"
#include "dnsd/zone/schemes.h"

namespace dnsd {
namespace {

/// One DNS zone: where it starts and what its SOA says, but for the serial.
struct Apex {
  Name name;
  Soa soa;
};

Apex make_apex(std::string_view domain, std::chrono::seconds minimum) {
  Apex apex{.name = Name::from_text(domain).value(), .soa = {}};
  apex.name.make_lower();
  apex.soa.minimum_s = static_cast<std::uint32_t>(minimum.count());
  const bool fits =
      apex.soa.name_server.append_label("ns1") && apex.soa.name_server.append(apex.name) &&
      apex.soa.mailbox.append_label("root") && apex.soa.mailbox.append(apex.soa.name_server);
  assert(fits);
  static_cast<void>(fits);
  return apex;
}

void add_edits(std::vector<Record> records, int sign, std::vector<Edit>& edits) {
  for (Record& record : records) {
    edits.push_back({.owner = std::move(record.owner),
                     .type = record.type,
                     .rdata = std::move(record.rdata),
                     .usable = sign,
                     .passing = record.passing ? sign : 0});
  }
}

Node negative_soa(const Apex& apex, std::uint32_t ttl_s) {
  const std::string rdata = soa_rdata(apex.soa);
  const Member member{rdata, 1, 1};
  NodeDraft draft(apex.name.wire());
  draft.add(RrType::Soa, std::min(ttl_s, apex.soa.minimum_s), {&member, 1});  // RFC 2308 section 3
  return draft.finish();
}

std::vector<std::string> names_of(const std::vector<Apex>& apexes) {
  std::vector<std::string> names;
  for (const Apex& apex : apexes) names.emplace_back(apex.name.wire());
  return names;
}

bool is_new(const watcher::Problem& problem, const Contribution& before) {
  const auto& known = before.problems();
  return std::find(known.begin(), known.end(), problem) == known.end();
}

}  // namespace

class ZoneBuilder::Impl {
 public:
  explicit Impl(const ZoneOptions& options)
      : health_(options.health),
        ttl_s_(static_cast<std::uint32_t>(options.ttl.count())),
        apexes_{make_apex(options.mesos_domain, options.soa_minimum),
                make_apex(options.dcos_domain, options.soa_minimum)},
        tree_({.apexes = names_of(apexes_), .ttl_s = ttl_s_, .fails_open = health_.fails_open()}) {
    for (const Apex& apex : apexes_) add_name_server(apex, options.name_server_addresses);
    zone_ = snapshot(0, false);
  }

  std::shared_ptr<const Zone> current() const { return zone_; }
  std::uint64_t work() const { return work_ + tree_.work(); }
  std::vector<watcher::Problem> take_problems() { return std::exchange(problems_, {}); }

  std::shared_ptr<const Zone> apply(const watcher::Change& change) {
    std::vector<Edit> edits;
    for (const auto& [before, after] : change.tasks) collect(before, after, edits);
    for (const auto& [before, after] : change.vips) collect(before, after, edits);
    flush(edits);
    zone_ = snapshot(change.generation, change.synced);
    return zone_;
  }

 private:
  static constexpr std::size_t kMaxProblems = 100;  // A change; more would tell nobody more.
  static constexpr std::size_t kMaxEdits = 16'384;  // At once; about what a cache holds.

  const Name& name_of(Domain domain) const {
    return apexes_[static_cast<std::size_t>(domain)].name;
  }

  /// NS at the apex, and the address of the server it names.
  void add_name_server(const Apex& apex, const std::vector<common::IpAddress>& addresses) {
    const Name& server = apex.soa.name_server;
    tree_.replace(apex.name.wire(), RrType::Ns, name_rdata(server));
    std::vector<Edit> edits;
    for (const common::IpAddress& address : addresses) {
      edits.push_back({.owner = std::string(server.wire()),
                       .type = address_type(address),
                       .rdata = address_rdata(address),
                       .usable = 1,
                       .passing = 1});
    }
    flush(edits);
  }

  void flush(std::vector<Edit>& edits) {
    work_ += edits.size();
    combine(edits);
    tree_.apply(edits);
    edits.clear();
  }

  Contribution contribution_of(const watcher::TaskPtr& task) const {
    Contribution out;
    if (!task || !health_.has_names(*task)) return out;
    for (const TaskScheme& scheme : task_schemes()) {
      scheme.contribute(*task, name_of(scheme.domain), health_, out);
    }
    return out;
  }

  Contribution contribution_of(const watcher::VipPtr& vip) const {
    Contribution out;
    if (!vip) return out;
    for (const VipScheme& scheme : vip_schemes()) {
      scheme.contribute(*vip, name_of(scheme.domain), out);
    }
    return out;
  }

  /// What `before` gave taken out, what `after` gives put in. Nothing per task is kept.
  template <class Thing>
  void collect(const Thing& before, const Thing& after, std::vector<Edit>& edits) {
    Contribution old = contribution_of(before);
    Contribution now = contribution_of(after);
    add_edits(old.take_records(), -1, edits);
    add_edits(now.take_records(), +1, edits);
    if (edits.size() >= kMaxEdits) flush(edits);
    for (watcher::Problem problem : now.problems()) {
      if (problems_.size() >= kMaxProblems || !is_new(problem, old)) continue;
      if constexpr (std::is_same_v<Thing, watcher::TaskPtr>) problem.app = after->app;
      problems_.push_back(std::move(problem));
    }
  }

  /// The serial stands in every SOA record, so each generation has its own.
  std::shared_ptr<const Zone> snapshot(std::uint64_t generation, bool synced) {
    std::vector<Zone::Apex> apexes;
    for (Apex& apex : apexes_) {
      apex.soa.serial = static_cast<std::uint32_t>(generation);
      tree_.replace(apex.name.wire(), RrType::Soa, soa_rdata(apex.soa));
      apexes.push_back({std::string(apex.name.wire()), negative_soa(apex, ttl_s_)});
    }
    return std::make_shared<const Zone>(std::move(apexes), tree_.nodes(), generation, synced);
  }

  HealthPolicy health_;
  std::uint32_t ttl_s_;
  std::vector<Apex> apexes_;  // In the order of Domain.
  NodeTree tree_;
  std::vector<watcher::Problem> problems_;
  std::shared_ptr<const Zone> zone_;
  std::uint64_t work_ = 0;
};

ZoneBuilder::ZoneBuilder(ZoneOptions options) : impl_(std::make_unique<Impl>(options)) {}
ZoneBuilder::~ZoneBuilder() = default;
std::shared_ptr<const Zone> ZoneBuilder::current() const { return impl_->current(); }
std::shared_ptr<const Zone> ZoneBuilder::apply(const watcher::Change& change) {
  return impl_->apply(change);
}
std::vector<watcher::Problem> ZoneBuilder::take_problems() { return impl_->take_problems(); }
std::uint64_t ZoneBuilder::work() const { return impl_->work(); }

}  // namespace dnsd
