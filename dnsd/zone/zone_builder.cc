#include "dnsd/zone/zone_builder.h"

#include <algorithm>
#include <array>
#include <functional>
#include <future>
#include <set>
#include <string>
#include <utility>

#include "dnsd/zone/apexes.h"
#include "dnsd/zone/contribution.h"
#include "dnsd/zone/edit_batch.h"
#include "dnsd/zone/node_tree.h"
#include "dnsd/zone/schemes.h"
#include "dnsd/zone/static_records.h"

namespace dnsd {
namespace {

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
    add_tasks(change.tasks);
    add_all(change.vips);
    add_all(change.members);
    flush(batch());
    zone_ = snapshot(change.generation, change.synced);
    return zone_;
  }

 private:
  static constexpr std::size_t kMaxEdits = 16'384;             // At once; about what a cache holds.
  static constexpr std::size_t kTasksAtOnce = kMaxEdits / 16;  // They make fewer than 16 each.

  /// NS at each apex, and the addresses of the servers that are named.
  void add_name_servers() {
    Contribution out(batch().texts());
    std::set<std::string_view> named;
    for (const Apex& apex : apexes_) {
      const Name& server = apex.soa.name_server;
      if (apex.has_nodes) tree_.replace(apex.name.wire(), RrType::Ns, name_rdata(server));
      if (named.insert(server.wire()).second) {
        out.add_addresses(server, naming_.own_addresses, true);
      }
    }
    batch().add(out.records(), +1);
    flush(batch());
  }

  void add_fixed_names() {
    batch().add_fixed_names();
    flush(batch());
  }

  /// From here on their owners are the configuration's.
  void add_static_records(const std::vector<config::StaticRecord>& records) {
    const std::vector<Record> made = static_records(records, batch().texts());
    std::set<std::string, std::less<>> owners;
    for (const Record& record : made) owners.emplace(record.owner);
    for (const std::string& owner : owners) tree_.clear(owner);
    batch().add(made, +1);
    flush(batch());
    static_owners_ = std::move(owners);
  }

  /// Of many tasks, another thread makes names while those of the tasks before go into the tree:
  /// each is half the work. What the last of them do is left in the batch.
  void add_tasks(std::span<const watcher::TaskChange> tasks) {
    const auto take = [&tasks] {
      const auto some = tasks.first(std::min(tasks.size(), kTasksAtOnce));
      tasks = tasks.subspan(some.size());
      return some;
    };
    const auto collect = [](EditBatch& into, std::span<const watcher::TaskChange> some) {
      for (const watcher::TaskChange& change : some) into.add(change);
      into.combine();
    };
    collect(batch(), take());
    while (!tasks.empty()) {
      auto next = std::async(std::launch::async, collect, std::ref(*batches_[1 - turn_]), take());
      flush(batch());
      next.get();
      turn_ = 1 - turn_;
    }
  }

  template <class Changes>
  void add_all(const Changes& changes) {
    for (const auto& change : changes) {
      batch().add(change);
      if (batch().size() >= kMaxEdits) flush(batch());
    }
  }

  EditBatch& batch() { return *batches_[turn_]; }

  void flush(EditBatch& batch) {
    work_ += batch.size();
    batch.combine();
    tree_.apply(batch.edits());
    batch.clear();
    for (watcher::Problem& problem : std::exchange(batch.problems(), {})) {
      if (problems_.size() < EditBatch::kMaxProblems) problems_.push_back(std::move(problem));
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

  // Of the change under way, up to the next flush(): one is filled while the other goes into the
  // tree.
  EditBatch first_{{naming_, schemes_, static_owners_}};
  EditBatch second_{{naming_, schemes_, static_owners_}};
  std::array<EditBatch*, 2> batches_{&first_, &second_};
  std::size_t turn_ = 0;

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
