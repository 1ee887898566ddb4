#include "dnsd/transfer/notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <set>
#include <string>

#include "tests/dnsd/message.h"
#include "tests/dnsd/query/sample_zone.h"
#include "tests/dnsd/server/clients.h"

namespace dnsd {
namespace {

using Octets = std::vector<std::uint8_t>;

/// A secondary that hears what it is told.
class Secondary {
 public:
  common::SocketAddress address() const { return testing::address_of(socket_); }

  /// The next NOTIFY; acknowledged, if wanted.
  testing::Message hear(bool acknowledges) {
    const Octets octets = hear_octets();
    const auto message = testing::parse_message(octets);
    EXPECT_TRUE(message);
    if (acknowledges) answer(octets, Rcode::NoError);
    return message.value_or(testing::Message{});
  }

  Octets hear_octets() {
    Octets octets(4096);
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
    from_ = from;
    from_length_ = length;
    return octets;
  }

  /// Of what was heard last.
  void answer(Octets octets, Rcode rcode) {
    octets[2] |= 0x80;
    octets[3] = static_cast<std::uint8_t>(octets[3] | static_cast<unsigned>(rcode));
    sendto(socket_.get(),
           octets.data(),
           octets.size(),
           0,
           reinterpret_cast<const sockaddr*>(&from_),
           from_length_);
  }

 private:
  common::UniqueFd socket_ = testing::bound_socket(SOCK_DGRAM);
  sockaddr_storage from_{};
  socklen_t from_length_ = 0;
};

const common::Published<TsigKeys> no_keys(std::make_shared<const TsigKeys>());

TEST(Notifier, TellsOfEveryZoneAndItsSerial) {
  Secondary secondary;
  const common::Published<Zone> zones(testing::sample_zone(1));
  const Notifier notifier(zones, no_keys, {secondary.address()});
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
  const Notifier notifier(zones, no_keys, {secondary.address()});
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
  const Notifier notifier(zones, no_keys, {secondary.address()});
  zones.publish(testing::sample_zone(1));
  EXPECT_NE(secondary.hear(true).answers.at(0).to_text().find(" 7 60 "), std::string::npos);
}

const TsigKeys two_keys = parse_tsig_keys("one.mesos c2VjcmV0\ntwo.mesos b3RoZXI=").value();
constexpr int kUnsigned = -1;

/// The NOTIFY of one zone: which of the keys signed it.
class SignedNotify {
 public:
  explicit SignedNotify(const Zone& zone) : zone_(zone) {}

  /// The next one of the first zone; refused unless it is the wanted one.
  int hear(Secondary& secondary, int wanted) {
    const Zone::Apex& apex = zone_.apexes().front();
    const auto is_of_apex = [&](const Octets& octets) {
      const std::string text(octets.begin(), octets.end());
      return text.compare(Header::kSize, apex.name.size(), apex.name) == 0;
    };
    Octets octets = secondary.hear_octets();
    while (!octets.empty() && !is_of_apex(octets)) octets = secondary.hear_octets();
    const int signer = signer_of(octets, make_notify(0, zone_, apex).size());
    secondary.answer(octets, signer == wanted ? Rcode::NoError : Rcode::NotAuth);
    return signer;
  }

 private:
  static int signer_of(const Octets& octets, std::size_t unsigned_size) {
    if (octets.size() == unsigned_size) return kUnsigned;
    const auto now = static_cast<std::uint64_t>(std::time(nullptr));
    const auto verdict = verify(octets, unsigned_size, two_keys, now);
    EXPECT_TRUE(verdict && verdict->error == TsigError::None);
    return verdict ? static_cast<int>(verdict->key - two_keys.data()) : kUnsigned;
  }

  const Zone& zone_;
};

TEST(Notifier, SignsWithTheFirstKey) {
  Secondary secondary;
  const common::Published<Zone> zones(testing::sample_zone(1));
  const common::Published<TsigKeys> keys(std::make_shared<const TsigKeys>(two_keys));
  const Notifier notifier(zones, keys, {secondary.address()});
  EXPECT_EQ(SignedNotify(*zones.current()).hear(secondary, 0), 0);
}

TEST(Notifier, TriesTheOtherKeysAndThenNoneWithWhoRefuses) {
  Secondary secondary;
  common::Published<Zone> zones(testing::sample_zone(1));
  common::Published<TsigKeys> keys(std::make_shared<const TsigKeys>(two_keys));
  const Notifier notifier(zones, keys, {secondary.address()});
  SignedNotify notify(*zones.current());
  EXPECT_EQ(notify.hear(secondary, kUnsigned), 0);
  EXPECT_EQ(notify.hear(secondary, kUnsigned), 1);
  EXPECT_EQ(notify.hear(secondary, kUnsigned), kUnsigned);
}

TEST(Notifier, NeedsNoSecondary) {
  const common::Published<Zone> zones(testing::sample_zone(1));
  const Notifier notifier(zones, no_keys, {});
}

}  // namespace
}  // namespace dnsd
