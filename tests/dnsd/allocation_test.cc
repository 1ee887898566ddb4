// A program of its own, since it counts every allocation.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <vector>

#include "dnsd/query/respond.h"
#include "tests/dnsd/message.h"
#include "tests/dnsd/query/sample_zone.h"

namespace {

std::size_t allocations = 0;

void* counted(std::size_t size) {
  ++allocations;
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);  // As std::stable_sort() asks for its buffer.
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace dnsd {
namespace {

using testing::make_query;

/// What answering one query allocates.
std::size_t allocations_for(const testing::QuerySpec& spec, const AnswerStyle& style = {}) {
  static const auto kZone = testing::sample_zone(20);
  static std::vector<std::uint8_t> out(65535);
  const auto request = make_query(spec);
  const std::size_t before = allocations;
  static const CookieJar kCookies(SipKey{});
  RespondOptions options;
  options.cookies = &kCookies;
  options.style = style;
  options.server_id = "ns1";
  options.version = "1";
  const auto response = respond(Query(request), *kZone, options, out);
  EXPECT_GT(response.size, 0U);
  return allocations - before;
}

TEST(Allocation, IsCounted) {
  const std::size_t before = allocations;
  const std::vector<int> one(1);
  EXPECT_EQ(allocations, before + 1);
}

TEST(Allocation, IsNotNeededToAnswer) {
  EXPECT_EQ(allocations_for({.udp_payload = 1232}), 0U);
  EXPECT_EQ(allocations_for({.name = "_web._tcp.marathon.mesos.", .type = RrType::Srv}), 0U);
  EXPECT_EQ(allocations_for({.name = "mesos.", .type = RrType::Any}), 0U);
}

TEST(Allocation, IsNotNeededToPreferANetwork) {
  const auto network = common::IpPrefix::parse("10.32.0.0/29").value();
  for (const RrType type : {RrType::A, RrType::Srv, RrType::Https}) {
    const testing::QuerySpec spec{
        .name = type == RrType::Srv ? "_web._tcp.marathon.mesos." : "web.marathon.mesos.",
        .type = type};
    EXPECT_EQ(allocations_for(spec, {.network = &network}), 0U);
  }
}

TEST(Allocation, IsNotNeededForOptionsAndServices) {
  EXPECT_EQ(allocations_for(
                {.udp_payload = 1232, .options = {{3, ""}, {10, "12345678"}, {11, ""}, {19, ""}}}),
            0U);
  EXPECT_EQ(allocations_for({.name = "_web._tcp.marathon.mesos.", .type = RrType::Svcb}), 0U);
  EXPECT_EQ(allocations_for({.type = RrType::Https}), 0U);
  EXPECT_EQ(allocations_for({.name = "version.bind.", .type = RrType::Txt, .klass = RrClass::Ch}),
            0U);
}

TEST(Allocation, IsNotNeededToDenyOrRefuse) {
  EXPECT_EQ(allocations_for({.name = "nobody.mesos."}), 0U);
  EXPECT_EQ(allocations_for({.type = RrType::Txt}), 0U);
  EXPECT_EQ(allocations_for({.name = "example.org."}), 0U);
  EXPECT_EQ(allocations_for({.udp_payload = 1232, .edns_version = 9}), 0U);
}

}  // namespace
}  // namespace dnsd
