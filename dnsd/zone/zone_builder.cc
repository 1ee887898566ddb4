#include "dnsd/zone/zone_builder.h"

#include <algorithm>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "dnsd/zone/apexes.h"
#include "dnsd/zone/contribution.h"
#include "dnsd/zone/node_tree.h"
#include "dnsd/zone/schemes.h"
#include "dnsd/zone/static_records.h"
#include "dnsd/zone/weight.h"

namespace dnsd {
namespace {

Edit edit_of(const Record& record, int sign) {
  return {.owner = record.owner,
          .type = record.type,
          .rdata = record.rdata,
          .usable = sign,
          .passing = record.passing ? sign : 0,
          .ttl_s = record.ttl_s,
          .rank = record.rank};
}

Node negative_soa(const Apex& apex, std::uint32_t ttl_s) {
  const std::string rdata = soa_rdata(apex.soa);
  const Member member{rdata, 1, 1};
  NodeDraft draft(apex.name.wire());
  draft.add(RrType::Soa, std::min(ttl_s, apex.soa.minimum_s), {&member, 1});  // RFC 2308 section 3
  return draft.finish();
}

std::vector<Zone::Alias> aliases_of(const std::vector<ActiveScheme>& schemes) {
  std::vector<Zone::Alias> aliases;
  for (const ActiveScheme& scheme : schemes) {
    if (!std::holds_alternative<Alias>(scheme.rule)) continue;
    aliases.push_back({std::string(scheme.domain.wire()), std::string(scheme.target.wire())});
  }
  return aliases;
}

bool is_new(const watcher::Problem& problem, const Contribution& before) {
  const auto& known = before.problems();
  return std::find(known.begin(), known.end(), problem) == known.end();
}

}  // namespace

class ZoneBuilder::Impl {
 public:
  explicit Impl(const ZoneOptions& options)
      : naming_(options.naming),
        ttl_s_(static_cast<std::uint32_t>(options.ttl.count())),
        schemes_(active_schemes(options.schemes, options.mesos_domain, options.dcos_domain)),
        aliases_(aliases_of(schemes_)),
        apexes_(make_apexes(options.mesos_domain,
                            options.dcos_domain,
                            schemes_,
                            naming_.reverse_zones,
                            options.zones,
                            options.soa_minimum)),
        tree_({.apexes = names_of(apexes_),
               .ttl_s = ttl_s_,
               .fails_open = naming_.health.fails_open()}) {
    add_name_servers();
    add_fixed_names();
    add_static_records(options.records);
    zone_ = snapshot(0, false);
  }

  std::shared_ptr<const Zone> current() const { return zone_; }
  std::uint64_t work() const { return work_ + tree_.work(); }
  std::vector<watcher::Problem> take_problems() { return std::exchange(problems_, {}); }

  std::shared_ptr<const Zone> apply(const watcher::Change& change) {
    for (const auto& [before, after] : change.tasks) collect(before, after);
    for (const auto& [before, after] : change.vips) collect(before, after);
    for (const auto& [before, after] : change.members) collect(before, after);
    flush();
    zone_ = snapshot(change.generation, change.synced);
    return zone_;
  }

 private:
  static constexpr std::size_t kMaxProblems = 100;  // A change; more would tell nobody more.
  static constexpr std::size_t kMaxEdits = 16'384;  // At once; about what a cache holds.

  /// NS at each apex, and the addresses of the servers that are named.
  void add_name_servers() {
    Contribution out(texts_);
    std::set<std::string_view> named;
    for (const Apex& apex : apexes_) {
      const Name& server = apex.soa.name_server;
      if (apex.has_nodes) tree_.replace(apex.name.wire(), RrType::Ns, name_rdata(server));
      if (named.insert(server.wire()).second) {
        out.add_addresses(server, naming_.own_addresses, true);
      }
    }
    put(out);
  }

  void add_fixed_names() {
    Contribution out(texts_);
    run<FixedRule>(out);
    put(out);
  }

  /// From here on their owners are the configuration's.
  void add_static_records(const std::vector<config::StaticRecord>& records) {
    const std::vector<Record> made = static_records(records, texts_);
    std::set<std::string, std::less<>> owners;
    for (const Record& record : made) owners.emplace(record.owner);
    for (const std::string& owner : owners) tree_.clear(owner);
    add_edits(made, +1);
    flush();
    static_owners_ = std::move(owners);
  }

  /// For good.
  void put(const Contribution& out) {
    add_edits(out.records(), +1);
    flush();
  }

  void add_edits(std::span<const Record> records, int sign) {
    for (const Record& record : records) {
      if (!static_owners_.contains(record.owner)) edits_.push_back(edit_of(record, sign));
    }
  }

  void flush() {
    work_ += edits_.size();
    combine(edits_);
    tree_.apply(edits_);
    edits_.clear();
    texts_.clear();
  }

  /// Adds what the schemes of one kind make of something.
  template <class Kind, class... Thing>
  void run(Contribution& out, const Thing&... thing) const {
    for (const ActiveScheme& scheme : schemes_) {
      const auto* rule = std::get_if<Kind>(&scheme.rule);
      if (rule != nullptr) (*rule)(thing..., scheme.domain, naming_, out);
    }
  }

  void contribute(const watcher::TaskPtr& task, Contribution& out) const {
    if (!task || !naming_.health.has_names(*task)) return;
    out.set_ttl(ttl_of(*task, out));
    out.set_rank(rank_of(*task, naming_.host, naming_.prefer_local));
    report_weight(*task, out);
    run<TaskRule>(out, *task);
  }
  void contribute(const watcher::VipPtr& vip, Contribution& out) const {
    if (vip) run<VipRule>(out, *vip);
  }
  void contribute(const watcher::MembersPtr& members, Contribution& out) const {
    if (members) run<MemberRule>(out, Members(*members));
  }

  /// What `before` gave taken out, what `after` gives put in. Nothing per task is kept.
  template <class Thing>
  void collect(const Thing& before, const Thing& after) {
    before_.clear();
    after_.clear();
    contribute(before, before_);
    contribute(after, after_);
    add_edits(before_.records(), -1);
    add_edits(after_.records(), +1);
    if (edits_.size() >= kMaxEdits) flush();
    for (watcher::Problem problem : after_.problems()) {
      if (problems_.size() >= kMaxProblems || !is_new(problem, before_)) continue;
      if constexpr (std::is_same_v<Thing, watcher::TaskPtr>) problem.app = after->app;
      problems_.push_back(std::move(problem));
    }
  }

  /// The serial stands in every SOA record, so each generation has its own.
  std::shared_ptr<const Zone> snapshot(std::uint64_t generation, bool synced) {
    std::vector<Zone::Apex> apexes;
    for (Apex& apex : apexes_) {
      apex.soa.serial = static_cast<std::uint32_t>(generation);
      if (apex.has_nodes) tree_.replace(apex.name.wire(), RrType::Soa, soa_rdata(apex.soa));
      apexes.push_back({std::string(apex.name.wire()), negative_soa(apex, ttl_s_)});
    }
    return std::make_shared<const Zone>(
        std::move(apexes), aliases_, tree_.nodes(), generation, synced);
  }

  Naming naming_;
  std::uint32_t ttl_s_;
  std::vector<ActiveScheme> schemes_;
  std::vector<Zone::Alias> aliases_;
  std::vector<Apex> apexes_;
  NodeTree tree_;
  std::set<std::string, std::less<>> static_owners_;

  // Of the change under way, up to the next flush().
  TextArena texts_;
  std::vector<Edit> edits_;
  Contribution before_{texts_};
  Contribution after_{texts_};

  std::vector<watcher::Problem> problems_;
  std::shared_ptr<const Zone> zone_;
  std::uint64_t work_ = 0;
};

ZoneBuilder::ZoneBuilder(const ZoneOptions& options) : impl_(std::make_unique<Impl>(options)) {}
ZoneBuilder::~ZoneBuilder() = default;
std::shared_ptr<const Zone> ZoneBuilder::current() const { return impl_->current(); }
std::shared_ptr<const Zone> ZoneBuilder::apply(const watcher::Change& change) {
  return impl_->apply(change);
}
std::vector<watcher::Problem> ZoneBuilder::take_problems() { return impl_->take_problems(); }
std::uint64_t ZoneBuilder::work() const { return impl_->work(); }

}  // namespace dnsd
