#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ip.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/rdata.h"
#include "dnsd/zone/ttl.h"
#include "watcher/vips/problem.h"

namespace dnsd {

/// One record a task or VIP contributes to an RRset.
struct Record {
  std::string owner;  // Wire form, lower case.
  RrType type{};
  std::string rdata;
  bool passing = true;
  std::uint32_t ttl_s = kZoneTtl;
};

/// Everything one task or VIP contributes to the zones. What cannot be a name is a Problem and
/// costs only the records that needed it.
class Contribution {
 public:
  /// Of all records added from now on.
  void set_ttl(std::uint32_t ttl_s) { ttl_s_ = ttl_s; }

  /// The name made of dotted parts below a domain, lower case; nothing, and a Problem, when the
  /// DNS cannot hold it.
  std::optional<Name> name(std::initializer_list<std::string_view> parts, const Name& domain);

  /// Records at a name that could be made; nothing for one that could not.
  void add(const std::optional<Name>& owner, RrType type, std::string rdata, bool passing);
  void add_addresses(const std::optional<Name>& owner,
                     const std::vector<common::IpAddress>& addresses,
                     bool passing);

  void refuse(std::string_view value, std::string reason);

  std::vector<Record> take_records() { return std::move(records_); }
  const std::vector<watcher::Problem>& problems() const { return problems_; }

 private:
  std::uint32_t ttl_s_ = kZoneTtl;
  std::vector<Record> records_;
  std::vector<watcher::Problem> problems_;
};

}  // namespace dnsd
