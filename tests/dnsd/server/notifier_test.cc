#include "dnsd/transfer/notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "tests/dnsd/message.h"
#include "tests/dnsd/query/sample_zone.h"
#include "tests/dnsd/server/clients.h"

namespace dnsd {
namespace {

/// A secondary that hears what it is told.
class Secondary {
 public:
  common::SocketAddress address() const { return testing::address_of(socket_); }

  /// The next NOTIFY; acknowledged, if wanted.
  testing::Message hear(bool acknowledges) {
    std::vector<std::uint8_t> octets(4096);
    pollfd waiting{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    EXPECT_EQ(poll(&waiting, 1, 10000), 1);
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const ssize_t size = recvfrom(socket_.get(),
                                  octets.data(),
                                  octets.size(),
                                  0,
                                  reinterpret_cast<sockaddr*>(&from),
                                  &length);
    octets.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    const auto message = testing::parse_message(octets);
    EXPECT_TRUE(message);
    if (acknowledges) {
      octets[2] |= 0x80;
      sendto(socket_.get(),
             octets.data(),
             octets.size(),
             0,
             reinterpret_cast<const sockaddr*>(&from),
             length);
    }
    return message.value_or(testing::Message{});
  }

 private:
  common::UniqueFd socket_ = testing::bound_socket(SOCK_DGRAM);
};

TEST(Notifier, TellsOfEveryZoneAndItsSerial) {
  Secondary secondary;
  const common::Published<Zone> zones(testing::sample_zone(1));
  const Notifier notifier(zones, {secondary.address()});
  const auto& apexes = zones.current()->apexes();
  std::set<std::string> told;
  for (std::size_t i = 0; i < apexes.size(); ++i) {
    const auto message = secondary.hear(true);
    EXPECT_EQ(message.header.opcode, Opcode::Notify);
    EXPECT_TRUE(message.header.authoritative);
    EXPECT_FALSE(message.header.response);
    ASSERT_EQ(message.answers.size(), 1U);
    told.insert(message.answers[0].to_text());
  }
  std::set<std::string> zone_names;
  for (const std::string& line : told) {
    zone_names.insert(line.substr(0, line.find(' ')));
    EXPECT_THAT(line, ::testing::HasSubstr(" 7 60 600 86400 1"));
  }
  EXPECT_EQ(zone_names.size(), apexes.size());
  EXPECT_THAT(told, ::testing::Contains("mesos. SOA ns1.mesos. root.ns1.mesos. 7 60 600 86400 1"));
}

TEST(Notifier, TellsAgainUntilItIsHeard) {
  Secondary secondary;
  const common::Published<Zone> zones(testing::sample_zone(1));
  const Notifier notifier(zones, {secondary.address()});
  const std::size_t count = zones.current()->apexes().size();
  const auto is_twice = [](const auto& one) { return one.second >= 2; };
  std::map<std::uint16_t, int> heard;
  while (heard.size() < count || !std::all_of(heard.begin(), heard.end(), is_twice)) {
    ++heard[secondary.hear(false).header.id];
  }
  EXPECT_EQ(heard.size(), count);  // Messages of one id are one NOTIFY.
}

TEST(Notifier, IsSilentBeforeTheFirstState) {
  Secondary secondary;
  common::Published<Zone> zones(ZoneBuilder(ZoneOptions{}).current());
  const Notifier notifier(zones, {secondary.address()});
  zones.publish(testing::sample_zone(1));
  EXPECT_NE(secondary.hear(true).answers.at(0).to_text().find(" 7 60 "), std::string::npos);
}

TEST(Notifier, NeedsNoSecondary) {
  const common::Published<Zone> zones(testing::sample_zone(1));
  const Notifier notifier(zones, {});
}

}  // namespace
}  // namespace dnsd
