#include "dnsd/transfer/notifier.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

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
  std::set<std::string> told;
  for (int i = 0; i < 2; ++i) {
    const auto message = secondary.hear(true);
    EXPECT_EQ(message.header.opcode, Opcode::Notify);
    EXPECT_TRUE(message.header.authoritative);
    EXPECT_FALSE(message.header.response);
    ASSERT_EQ(message.answers.size(), 1U);
    told.insert(message.answers[0].to_text());
  }
  EXPECT_EQ(told,
            (std::set<std::string>{
                "mesos. SOA ns1.mesos. root.ns1.mesos. 7 60 600 86400 1",
                "thisdcos.directory. SOA ns1.thisdcos.directory. root.ns1.thisdcos.directory. 7 60 "
                "600 86400 1"}));
}

TEST(Notifier, TellsAgainUntilItIsHeard) {
  Secondary secondary;
  const common::Published<Zone> zones(testing::sample_zone(1));
  const Notifier notifier(zones, {secondary.address()});
  std::map<std::uint16_t, int> heard;
  while (heard.size() < 2 || heard.begin()->second < 2 || heard.rbegin()->second < 2) {
    ++heard[secondary.hear(false).header.id];
  }
  EXPECT_EQ(heard.size(), 2U);  // Messages of one id are one NOTIFY.
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
