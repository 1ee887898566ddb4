#include "dnsd/zone/zone.h"

#include <gtest/gtest.h>

#include <string>

namespace dnsd {
namespace {

std::string wire(const char* text) { return std::string(Name::from_text(text)->wire()); }

Zone make_zone() {
  std::vector<Zone::Apex> apexes;
  for (const char* name : {"directory", "mesos.directory"}) {
    apexes.push_back({wire(name), NodeDraft(wire(name)).finish()});
  }
  const bool synced = true;
  return Zone(std::move(apexes), {}, {}, 0x1'0000'0003, synced);
}

TEST(Zone, FindsTheNearestApex) {
  const Zone zone = make_zone();
  EXPECT_EQ(zone.apex_of(wire("web.mesos.directory"))->name, wire("mesos.directory"));
  EXPECT_EQ(zone.apex_of(wire("mesos.directory"))->name, wire("mesos.directory"));
  EXPECT_EQ(zone.apex_of(wire("xmesos.directory"))->name, wire("directory"));
  EXPECT_EQ(zone.apex_of(wire("org")), nullptr);
  EXPECT_EQ(zone.apex_of(wire(".")), nullptr);
}

TEST(Zone, WrapsItsSerial) { EXPECT_EQ(make_zone().serial(), 3U); }

}  // namespace
}  // namespace dnsd
