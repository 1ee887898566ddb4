// Whatever people and orchestrators write into names, labels and ids: the zones stay whole.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "dnsd/wire/rdata.h"
#include "dnsd/wire/reader.h"
#include "dnsd/zone/origins.h"
#include "dnsd/zone/zone_builder.h"
#include "tests/dnsd/zone/tasks.h"

namespace dnsd {
namespace {

using testing::change_of;
using testing::ip;
using testing::sample_task;
using testing::share;
using watcher::TaskPtr;

std::span<const std::uint8_t> octets_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Is this a name in wire form, in lower case, and nothing behind it?
bool is_name(std::string_view wire) {
  Reader reader(octets_of(wire));
  auto name = Name::parse(reader);
  if (!name || !reader.at_end()) return false;
  name->make_lower();
  return name->wire() == wire;
}

bool is_text(std::span<const std::uint8_t> rdata) {
  std::size_t at = 0;
  while (at < rdata.size()) at += 1 + std::size_t{rdata[at]};
  return at == rdata.size() && at > 0;
}

bool is_whole(RrType type, std::string_view rdata) {
  if (type == RrType::Srv) return is_name(rdata.substr(Srv::kTargetOffset));
  if (type == RrType::Ptr) return is_name(rdata);
  return type != RrType::Txt || is_text(octets_of(rdata));
}

void expect_whole(const Node& node) {
  EXPECT_TRUE(is_name(node.name()));
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    const RrSet rrset = node.rrset(i);
    for (const auto& member : rrset.members()) {
      EXPECT_TRUE(is_whole(rrset.type(), member.rdata));
    }
  }
}

void expect_whole(const Zone& zone) {
  zone.nodes().for_each([](std::string_view, const Node& node) { expect_whole(node); });
}

std::size_t size_of(const Zone& zone) {
  std::size_t size = 0;
  zone.nodes().for_each([&size](std::string_view, const Node&) { ++size; });
  return size;
}

/// Few characters or all octets, short or beyond every limit.
std::string random_text(std::mt19937& random) {
  static constexpr std::string_view kOdd = "aA0-._/ \\\"\0\xff\xc3\xbc\r\n";
  std::string text(random() % 2 ? random() % 8 : random() % 400, 'x');
  if (random() % 4 == 0) return text;
  for (char& c : text) {
    c = random() % 2 ? static_cast<char>(random() % 256) : kOdd[random() % kOdd.size()];
  }
  return text;
}

watcher::Task random_task(int id, std::mt19937& random) {
  auto task = sample_task(random_text(random) + std::to_string(id), random_text(random));
  if (random() % 2) task.discovery_name = random_text(random);
  if (random() % 2) task.framework = random_text(random);
  if (random() % 2) task.agent_id = random_text(random);
  task.version = random_text(random);
  task.addresses = {ip("10.32.0.1"), ip("fd01::1")};
  watcher::TaskPort port;
  port.name = random_text(random);
  port.port = 80;
  task.ports = {port};
  if (random() % 4 == 0) task.labels.edit()["SIGNPOST_DNS_TTL"] = random_text(random);
  return task;
}

ZoneOptions every_scheme() {
  ZoneOptions options;
  options.schemes.choices = {{"txt", "on"}};
  options.naming.reverse_zones = {{ip("10.0.0.0"), 8}, {ip("fd01::"), 16}};
  return options;
}

TEST(HostileText, FromTasksLeavesZonesWholeAndGoesWithThem) {
  std::mt19937 random(20260101);
  ZoneBuilder builder(every_scheme());
  const std::size_t empty = size_of(*builder.current());
  watcher::Change come;
  watcher::Change go;
  for (int i = 0; i < 2000; ++i) {
    const auto task = share(random_task(i, random));
    come.tasks.push_back({nullptr, task});
    go.tasks.push_back({task, nullptr});
  }
  const auto zone = builder.apply(come);
  EXPECT_GT(size_of(*zone), empty + 1000);
  expect_whole(*zone);
  EXPECT_FALSE(builder.take_problems().empty());
  EXPECT_EQ(size_of(*builder.apply(go)), empty);
}

/// Whatever stands in a zone of one task and in none without it has an origin.
void expect_origins(const watcher::TaskPtr& task, const ZoneOptions& options) {
  ZoneBuilder builder(options);
  const auto before = builder.current();
  const auto zone = builder.apply(change_of(nullptr, task));
  watcher::Snapshot snapshot;
  snapshot.tasks.set(task->key, task);
  zone->nodes().for_each([&](std::string_view name, const Node& node) {
    if (node.rrset_count() == 0 || before->nodes().find(name) != nullptr) return;
    EXPECT_FALSE(find_origins(name, snapshot, options).empty()) << name_text(name);
  });
}

TEST(HostileText, HasAnOriginWhateverTheName) {
  std::mt19937 random(42);
  for (int i = 0; i < 300; ++i) {
    ZoneOptions options = every_scheme();
    options.naming.label_rule = i % 2 ? config::LabelRule::Rfc952 : config::LabelRule::Rfc1123;
    expect_origins(share(random_task(i, random)), options);
  }
}

TEST(HostileText, FromMembersLeavesZonesWholeAndGoesWithThem) {
  std::mt19937 random(7);
  ZoneBuilder builder(every_scheme());
  const std::size_t empty = size_of(*builder.current());
  std::vector<watcher::Member> members;
  for (std::uint32_t i = 0; i < 500; ++i) {
    members.push_back({.role = static_cast<watcher::Role>(1 + random() % 3),
                       .id = std::to_string(i),
                       .name = random_text(random),
                       .addresses = {common::IpAddress::v4(0x0a000000 + i)},
                       .port = static_cast<std::uint16_t>(random() % 3)});
  }
  watcher::Change change;
  const auto all = std::make_shared<const std::vector<watcher::Member>>(members);
  change.members = {{nullptr, all}};
  const auto zone = builder.apply(change);
  EXPECT_GT(size_of(*zone), empty + 100);
  expect_whole(*zone);
  change.members = {{all, nullptr}};
  EXPECT_EQ(size_of(*builder.apply(change)), empty);
}

TEST(HostileText, FiveThousandInstancesAreOneName) {
  ZoneBuilder builder(every_scheme());
  watcher::Change change;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    auto task = sample_task("web." + std::to_string(i));
    task.agent_id = "x-S" + std::to_string(i % 500);
    task.agent_addresses = {common::IpAddress::v4(0x0a000000 + i % 500)};
    task.addresses = {common::IpAddress::v4(0x0a200000 + i)};
    change.tasks.push_back({nullptr, share(std::move(task))});
  }
  const auto zone = builder.apply(change);
  const auto at = [&zone](const char* name) { return zone->find(Name::from_text(name)->wire()); };
  EXPECT_EQ(at("web.marathon.mesos")->find(RrType::A).size(), 5000U);
  EXPECT_EQ(at("web.marathon.slave.mesos")->find(RrType::A).size(), 500U);
  EXPECT_EQ(at("_web._tcp.marathon.mesos")->find(RrType::Srv).size(), 5000U);
}

TEST(HostileText, NamesEndAtTheirLimits) {
  ZoneBuilder builder({});
  auto task = sample_task();
  task.framework = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') +
                   "." + std::string(40, 'd');
  const auto zone = builder.apply(change_of(nullptr, share(task)));
  expect_whole(*zone);
  EXPECT_FALSE(builder.take_problems().empty());
  const std::string fits = "web." + *task.framework + ".mesos";
  ASSERT_TRUE(Name::from_text(fits));
  EXPECT_NE(zone->find(Name::from_text(fits)->wire()), nullptr);
}

}  // namespace
}  // namespace dnsd
