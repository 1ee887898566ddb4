#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/ip.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/rdata.h"
#include "dnsd/zone/rank.h"
#include "dnsd/zone/text_arena.h"
#include "dnsd/zone/ttl.h"
#include "watcher/vips/problem.h"

namespace dnsd {

/// One record a task or VIP contributes to an RRset. Its texts are an arena's.
struct Record {
  std::string_view owner;  // Wire form, lower case.
  RrType type{};
  std::string_view rdata;
  bool passing = true;
  std::uint32_t ttl_s = kZoneTtl;
  Rank rank = Rank::Elsewhere;
};

/// Everything one task or VIP contributes to the zones. What cannot be a name is a Problem and
/// costs only the records that needed it. May be used for one thing after another: that spares
/// memory from being got and given back for each.
class Contribution {
 public:
  /// texts  keeps what the records say; they live as long as it does, or until it is cleared
  explicit Contribution(TextArena& texts) : texts_(&texts) {}

  /// Forgets everything, for the next thing.
  void clear();

  /// Of all records added from now on.
  void set_ttl(std::uint32_t ttl_s) { ttl_s_ = ttl_s; }
  void set_rank(Rank rank) { rank_ = rank; }

  /// The name made of dotted parts below a domain, lower case; nothing, and a Problem, when the
  /// DNS cannot hold it.
  std::optional<Name> name(std::initializer_list<std::string_view> parts, const Name& domain);

  /// Records at a name that could be made; nothing for one that could not.
  /// rank  unless it is that of all
  void add(const std::optional<Name>& owner,
           RrType type,
           std::string_view rdata,
           bool passing,
           std::optional<Rank> rank = std::nullopt);
  void add_addresses(const std::optional<Name>& owner,
                     const std::vector<common::IpAddress>& addresses,
                     bool passing);

  void refuse(std::string_view value, std::string reason);

  std::span<const Record> records() const { return records_; }
  const std::vector<watcher::Problem>& problems() const { return problems_; }

 private:
  TextArena* texts_;
  std::uint32_t ttl_s_ = kZoneTtl;
  Rank rank_ = Rank::Elsewhere;
  std::vector<Record> records_;
  std::vector<watcher::Problem> problems_;
};

}  // namespace dnsd
