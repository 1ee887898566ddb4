#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/result.h"
#include "dnsd/query/respond.h"
#include "dnsd/zone/zone_builder.h"
#include "tests/dnsd/cases/script.h"
#include "tests/dnsd/message.h"
#include "watcher/catalog/catalog.h"

namespace dnsd::testing {

/// Everything between a source and a DNS client, sockets left out: the real catalog, zone builder
/// and respond(), driven by the steps of one case.
class World {
 public:
  /// Runs a case to its end or its first failure, which names the line and shows the reply.
  common::Expected<void> run(const Case& story);

 private:
  using Steps = std::span<const Step>;

  common::Expected<void> run_step(const Step& step, Steps details);
  common::Expected<void> set(const Step& step);
  common::Expected<void> change_tasks(const Step& step);
  common::Expected<void> change_members(const Step& step);
  common::Expected<void> probe(const Step& step);
  common::Expected<void> drain(const Step& step);
  common::Expected<void> query(const Step& step);
  common::Expected<void> expect(const Step& step, Steps details);
  common::Expected<void> expect_problem(const Step& step);

  bool set_naming(const std::string& option, const std::string& value);
  bool set_place(const std::string& option, const std::string& value);
  void begin();  // Builds the catalog and the zones from what was set, once.
  void sync();   // The source delivers its full state.
  void apply(watcher::Update update);

  watcher::Catalog::Options catalog_options_ = default_catalog_options();
  ZoneOptions zone_options_;
  RespondOptions respond_options_;
  std::string server_id_;
  std::string version_;
  std::vector<common::IpPrefix> prefer_subnets_;
  bool starts_synced_ = true;

  std::optional<watcher::Catalog> catalog_;
  std::optional<ZoneBuilder> builder_;
  std::map<std::string, watcher::Task> tasks_;  // By the subject's id, as last written.
  std::vector<watcher::Member> members_;
  std::vector<watcher::Problem> problems_;
  std::optional<Message> reply_;
  std::size_t reply_size_ = 0;

  static watcher::Catalog::Options default_catalog_options();
};

}  // namespace dnsd::testing
