#include "dnsd/zone/edit_batch.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "dnsd/zone/ttl.h"
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

bool is_new(const watcher::Problem& problem, const Contribution& before) {
  const auto& known = before.problems();
  return std::find(known.begin(), known.end(), problem) == known.end();
}

}  // namespace

void EditBatch::add(const watcher::TaskChange& change) { collect(change.before, change.after); }
void EditBatch::add(const watcher::VipChange& change) { collect(change.before, change.after); }
void EditBatch::add(const watcher::MembersChange& change) { collect(change.before, change.after); }

void EditBatch::add(std::span<const Record> records, int sign) {
  for (const Record& record : records) {
    if (!rules_.static_owners.contains(record.owner)) edits_.push_back(edit_of(record, sign));
  }
  is_combined_ = is_combined_ && records.empty();
}

void EditBatch::add_fixed_names() {
  after_.clear();
  run<FixedRule>(after_);
  add(after_.records(), +1);
}

void EditBatch::combine() {
  if (!std::exchange(is_combined_, true)) dnsd::combine(edits_);
}

void EditBatch::clear() {
  edits_.clear();
  texts_.clear();
}

/// Adds what the schemes of one kind make of something.
template <class Kind, class... Thing>
void EditBatch::run(Contribution& out, const Thing&... thing) const {
  for (const ActiveScheme& scheme : rules_.schemes) {
    const auto* rule = std::get_if<Kind>(&scheme.rule);
    if (rule != nullptr) (*rule)(thing..., scheme.domain, rules_.naming, out);
  }
}

void EditBatch::contribute(const watcher::TaskPtr& task, Contribution& out) const {
  if (!task || !rules_.naming.health.has_names(*task)) return;
  out.set_ttl(ttl_of(*task, out));
  out.set_rank(rank_of(*task, rules_.naming.host, rules_.naming.prefer_local));
  report_weight(*task, out);
  run<TaskRule>(out, *task);
}

void EditBatch::contribute(const watcher::VipPtr& vip, Contribution& out) const {
  if (vip) run<VipRule>(out, *vip);
}

void EditBatch::contribute(const watcher::MembersPtr& members, Contribution& out) const {
  if (members) run<MemberRule>(out, Members(*members));
}

template <class Thing>
void EditBatch::collect(const Thing& before, const Thing& after) {
  before_.clear();
  after_.clear();
  contribute(before, before_);
  contribute(after, after_);
  add(before_.records(), -1);
  add(after_.records(), +1);
  for (watcher::Problem problem : after_.problems()) {
    if (problems_.size() >= kMaxProblems || !is_new(problem, before_)) continue;
    if constexpr (std::is_same_v<Thing, watcher::TaskPtr>) problem.app = after->app;
    problems_.push_back(std::move(problem));
  }
}

}  // namespace dnsd
