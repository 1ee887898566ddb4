#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "dnsd/zone/contribution.h"
#include "dnsd/zone/naming.h"
#include "dnsd/zone/node_tree.h"
#include "dnsd/zone/schemes.h"
#include "dnsd/zone/text_arena.h"
#include "watcher/catalog/change.h"

namespace dnsd {

/// What things that came, went or changed do to records, collected for the tree: what they gave
/// taken out, what they give put in. Nothing per thing is kept.
class EditBatch {
 public:
  /// How things become records. All of it outlives the batch and stays as it is while one collects.
  struct Rules {
    const Naming& naming;
    const std::vector<ActiveScheme>& schemes;
    const std::set<std::string, std::less<>>& static_owners;  // Theirs alone: nobody adds to them.
  };
  static constexpr std::size_t kMaxProblems = 100;  // More would tell nobody more.

  explicit EditBatch(const Rules& rules) : rules_(rules) {}
  EditBatch(const EditBatch&) = delete;
  EditBatch& operator=(const EditBatch&) = delete;

  void add(const watcher::TaskChange& change);
  void add(const watcher::VipChange& change);
  void add(const watcher::MembersChange& change);
  void add(std::span<const Record> records, int sign);
  /// The names that stand whatever runs.
  void add_fixed_names();

  TextArena& texts() { return texts_; }  // Of records that are added; they live until clear().
  void combine();                        // For the tree; costs little a second time.
  std::span<const Edit> edits() const { return edits_; }  // Valid until the next change.
  std::size_t size() const { return edits_.size(); }
  std::vector<watcher::Problem>& problems() { return problems_; }  // That were not there before.
  void clear();

 private:
  template <class Kind, class... Thing>
  void run(Contribution& out, const Thing&... thing) const;
  void contribute(const watcher::TaskPtr& task, Contribution& out) const;
  void contribute(const watcher::VipPtr& vip, Contribution& out) const;
  void contribute(const watcher::MembersPtr& members, Contribution& out) const;
  template <class Thing>
  void collect(const Thing& before, const Thing& after);

  Rules rules_;
  TextArena texts_;
  std::vector<Edit> edits_;
  bool is_combined_ = true;
  Contribution before_{texts_};
  Contribution after_{texts_};
  std::vector<watcher::Problem> problems_;
};

}  // namespace dnsd
