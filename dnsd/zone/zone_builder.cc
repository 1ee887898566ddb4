#include "dnsd/zone/zone_builder.h"

#include <algorithm>
#include <optional>
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

std::optional<Apex> make_apex(std::string_view domain, std::chrono::seconds minimum) {
  auto name = Name::from_text(domain);
  if (!name || name->size() == 1) return std::nullopt;
  name->make_lower();
  Apex apex{.name = *name, .soa = {}};
  apex.soa.minimum_s = static_cast<std::uint32_t>(minimum.count());
  const bool fits = apex.soa.name_server.append_label("ns1") &&
                    apex.soa.name_server.append(*name) && apex.soa.mailbox.append_label("root") &&
                    apex.soa.mailbox.append(apex.soa.name_server);
  if (!fits) return std::nullopt;
  return apex;
}

void add_edits(const Contribution& contribution, int sign, std::vector<Edit>& edits) {
  for (const Record& record : contribution.records()) {
    edits.push_back({.owner = record.owner,
                     .type = record.type,
                     .rdata = record.rdata,
                     .usable = sign,
                     .passing = record.passing ? sign : 0});
  }
}

RrSet single_rrset(RrType type, const std::string& rdata, std::uint32_t ttl_s) {
  const Member member{rdata, 1, 1};
  return RrSet(type, ttl_s, {&member, 1});
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
        mesos_(make_apex(options.mesos_domain, options.soa_minimum)),
        dcos_(make_apex(options.dcos_domain, options.soa_minimum)),
        apexes_(distinct(mesos_, dcos_)),
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
    work_ += edits.size();
    combine(edits);
    tree_.apply(edits);
    zone_ = snapshot(change.generation, change.synced);
    return zone_;
  }

 private:
  static constexpr std::size_t kMaxProblems = 100;  // A change; more would tell nobody more.

  /// Two domains of one name are one zone.
  static std::vector<Apex> distinct(const std::optional<Apex>& one,
                                    const std::optional<Apex>& two) {
    std::vector<Apex> apexes;
    if (one) apexes.push_back(*one);
    if (two && !(one && one->name == two->name)) apexes.push_back(*two);
    return apexes;
  }

  const std::optional<Apex>& apex_of(Domain domain) const {
    return domain == Domain::Mesos ? mesos_ : dcos_;
  }

  /// NS at the apex, and the address of the server it names.
  void add_name_server(const Apex& apex, const std::vector<common::IpAddress>& addresses) {
    const Name& server = apex.soa.name_server;
    tree_.replace(apex.name.wire(), single_rrset(RrType::Ns, name_rdata(server), ttl_s_));
    std::vector<Edit> edits;
    for (const common::IpAddress& address : addresses) {
      edits.push_back({.owner = std::string(server.wire()),
                       .type = address_type(address),
                       .rdata = address_rdata(address),
                       .usable = 1,
                       .passing = 1});
    }
    combine(edits);
    tree_.apply(edits);
  }

  Contribution contribution_of(const watcher::TaskPtr& task) const {
    Contribution out;
    if (!task || !health_.has_names(*task)) return out;
    for (const TaskScheme& scheme : task_schemes()) {
      const auto& apex = apex_of(scheme.domain);
      if (apex) scheme.contribute(*task, apex->name, health_, out);
    }
    return out;
  }

  Contribution contribution_of(const watcher::VipPtr& vip) const {
    Contribution out;
    if (!vip) return out;
    for (const VipScheme& scheme : vip_schemes()) {
      const auto& apex = apex_of(scheme.domain);
      if (apex) scheme.contribute(*vip, apex->name, out);
    }
    return out;
  }

  /// What `before` gave taken out, what `after` gives put in. Nothing per task is kept.
  template <class Thing>
  void collect(const Thing& before, const Thing& after, std::vector<Edit>& edits) {
    const Contribution old = contribution_of(before);
    const Contribution now = contribution_of(after);
    add_edits(old, -1, edits);
    add_edits(now, +1, edits);
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
      const std::string rdata = soa_rdata(apex.soa);
      tree_.replace(apex.name.wire(), single_rrset(RrType::Soa, rdata, ttl_s_));
      const std::uint32_t negative_ttl_s = std::min(ttl_s_, apex.soa.minimum_s);  // RFC 2308, 3
      apexes.push_back(
          {std::string(apex.name.wire()),
           std::make_shared<const RrSet>(single_rrset(RrType::Soa, rdata, negative_ttl_s))});
    }
    return std::make_shared<const Zone>(std::move(apexes), tree_.nodes(), generation, synced);
  }

  HealthPolicy health_;
  std::uint32_t ttl_s_;
  std::optional<Apex> mesos_;  // None when the domain is no domain name.
  std::optional<Apex> dcos_;
  std::vector<Apex> apexes_;  // Those of the two that are zones of their own.
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
