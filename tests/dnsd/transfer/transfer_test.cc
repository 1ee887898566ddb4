#include <gtest/gtest.h>

#include <ctime>
#include <map>
#include <set>
#include <string>

#include "dnsd/transfer/transfer_server.h"
#include "dnsd/wire/rdata.h"
#include "tests/dnsd/message.h"
#include "tests/dnsd/query/sample_zone.h"

namespace dnsd {
namespace {

using testing::make_query;
using testing::Message;
using testing::parse_message;
using Octets = std::vector<std::uint8_t>;

/// A builder whose zones have so many tasks, one generation after another.
class World {
 public:
  std::shared_ptr<const Zone> with_tasks(std::uint32_t first, std::uint32_t last) {
    watcher::Change change;
    change.generation = ++generation_;
    change.synced = true;
    for (std::uint32_t i = first; i <= last; ++i) {
      auto task = testing::sample_task("web." + std::to_string(i));
      task.agent_addresses = {common::IpAddress::v4(0x0a000000 + i)};
      task.host_ports = {31000};
      change.tasks.push_back({nullptr, testing::share(std::move(task))});
    }
    return builder_.apply(change);
  }

 private:
  ZoneBuilder builder_{ZoneOptions{}};
  std::uint64_t generation_ = 0;
};

TransferPolicy open_to_all() {
  TransferPolicy policy;
  policy.clients = {common::IpPrefix::parse("0.0.0.0/0").value()};
  return policy;
}

/// A client and its server. Replies of all messages together, as a secondary keeps them.
class Transfers : public ::testing::Test {
 protected:
  struct Got {
    std::vector<Message> messages;
    std::vector<testing::Rr> records;
  };

  Got ask(const Octets& request, Transport transport = Transport::Tcp) {
    RespondOptions options;
    options.transport = transport;
    options.client = common::IpAddress::parse("10.0.0.53").value();
    auto outcome = server_.answer(Query(request), options, out_);
    Got got;
    add_message(outcome.response.size, got);
    while (outcome.transfer && !outcome.transfer->is_done()) {
      add_message(outcome.transfer->next(out_, 0), got);
    }
    return got;
  }

  Octets ixfr_query(std::uint32_t serial, const std::string& zone = "mesos.") {
    Octets query = make_query({.name = zone, .type = RrType::Ixfr});
    query[9] = 1;  // One authority record: the SOA of what the client has.
    std::string record(Name::from_text(zone)->wire());
    append_u16(record, static_cast<std::uint16_t>(RrType::Soa));
    append_u16(record, static_cast<std::uint16_t>(RrClass::In));
    append_u32(record, 0);
    const std::string rdata = soa_rdata({.serial = serial});
    append_u16(record, static_cast<std::uint16_t>(rdata.size()));
    record += rdata;
    query.insert(query.end(), record.begin(), record.end());
    return query;
  }

  static std::string kinds(const Got& got) {
    std::string text;
    for (const auto& rr : got.records) text += rr.type == RrType::Soa ? 'S' : '.';
    return text;
  }

  World world_;
  common::Published<Zone> zones_{world_.with_tasks(1, 3)};
  TransferPolicy policy_ = open_to_all();
  common::Published<TsigKeys> keys_{std::make_shared<const TsigKeys>()};
  TransferServer server_{zones_, keys_, policy_};

 private:
  void add_message(std::size_t size, Got& got) {
    const auto message = parse_message(std::span(out_).first(size));
    ASSERT_TRUE(message);
    EXPECT_LE(size, Transfer::kMessageSize);
    got.messages.push_back(*message);
    got.records.insert(got.records.end(), message->answers.begin(), message->answers.end());
  }

  Octets out_ = Octets(65535);
};

const Octets kAxfr = make_query({.name = "mesos.", .type = RrType::Axfr});

TEST_F(Transfers, GiveTheWholeZoneBetweenItsSoas) {
  const Got got = ask(kAxfr);
  ASSERT_EQ(got.messages.size(), 1U);
  EXPECT_TRUE(got.messages[0].header.authoritative);
  EXPECT_EQ(got.records.front().to_text(), got.records.back().to_text());
  std::map<std::string, int> counts;
  for (const auto& rr : got.records) ++counts[testing::type_text(rr.type)];
  // web, three canonical names, and the same below "slave"; two SRV names of three records.
  EXPECT_EQ(counts, (std::map<std::string, int>{{"SOA", 2}, {"NS", 1}, {"A", 12}, {"SRV", 12}}));
  for (const auto& rr : got.records) {
    EXPECT_TRUE(is_at_or_below(rr.owner.wire(), got.records.front().owner.wire()));
  }
}

TEST_F(Transfers, TakeAsManyMessagesAsTheyNeed) {
  zones_.publish(world_.with_tasks(4, 2000));
  const Got got = ask(kAxfr);
  EXPECT_GT(got.messages.size(), 10U);
  EXPECT_FALSE(got.messages[0].question.empty());
  EXPECT_TRUE(got.messages[1].question.empty());
  std::set<std::string> records;
  for (const auto& rr : got.records) records.insert(rr.to_text());
  EXPECT_EQ(records.size(), got.records.size() - 1);  // The SOA comes twice, nothing else does.
  std::size_t expected = 0;
  zones_.current()->nodes().for_each([&](std::string_view name, const Node& node) {
    const bool is_ours = is_at_or_below(name, got.records.front().owner.wire());
    for (std::size_t i = 0; is_ours && i < node.rrset_count(); ++i)
      expected += node.rrset(i).size();
  });
  EXPECT_GT(expected, 15000U);
  EXPECT_EQ(records.size(), expected);
}

TEST_F(Transfers, CapRrsetsForSecondariesThatRefuseLargeOnes) {
  policy_.most_records = 2;
  std::map<std::string, int> counts;
  for (const auto& rr : ask(kAxfr).records)
    ++counts[rr.owner.to_text() + testing::type_text(rr.type)];
  EXPECT_EQ(counts["web.marathon.mesos.A"], 2);
  EXPECT_EQ(counts["_web._tcp.marathon.mesos.SRV"], 2);
}

TEST_F(Transfers, SayThatNothingIsNew) {
  EXPECT_EQ(kinds(ask(ixfr_query(1))), "S");
  EXPECT_EQ(kinds(ask(ixfr_query(2))), "S");  // A client that is ahead, RFC 1995 section 2.
}

TEST_F(Transfers, GiveTheDifferenceToWhomTheyGaveTheZone) {
  const Got before = ask(kAxfr);
  zones_.publish(world_.with_tasks(4, 4));
  const Got got = ask(ixfr_query(1));
  // The new SOA, the old one, the new one, what is new, and the new one: nothing is gone.
  EXPECT_EQ(kinds(got), "SSS........S");
  std::multiset<std::string> zone;
  for (const auto& rr : before.records) zone.insert(rr.to_text());
  for (std::size_t i = 3; i + 1 < got.records.size(); ++i) zone.insert(got.records[i].to_text());
  std::multiset<std::string> whole;
  for (const auto& rr : ask(kAxfr).records) whole.insert(rr.to_text());
  EXPECT_EQ(zone.size(), whole.size());
  for (const std::string& text : whole) {
    if (text.find(" SOA ") != std::string::npos) continue;
    EXPECT_EQ(zone.count(text), 1U) << text;
  }
}

std::multiset<std::string> without_soa(const std::vector<testing::Rr>& records) {
  std::multiset<std::string> texts;
  for (const auto& rr : records) {
    if (rr.type != RrType::Soa) texts.insert(rr.to_text());
  }
  return texts;
}

TEST_F(Transfers, WriteOutWhatLiesAtAliases) {
  const Got dcos = ask(make_query({.name = "thisdcos.directory.", .type = RrType::Axfr}));
  const auto texts = without_soa(dcos.records);
  EXPECT_EQ(texts.count("web.marathon.mesos.thisdcos.directory. A 10.0.0.1"), 1U);
  for (const auto& rr : dcos.records) {
    // At any other name it would be a delegation.
    if (rr.type == RrType::Ns) EXPECT_EQ(rr.owner.to_text(), "thisdcos.directory.");
  }
  const Got global = ask(make_query({.name = "thisdcos.global.", .type = RrType::Axfr}));
  EXPECT_EQ(global.records.front().owner.to_text(), "thisdcos.global.");
  EXPECT_EQ(without_soa(global.records).count("web.marathon.mesos.thisdcos.global. A 10.0.0.1"),
            1U);
  EXPECT_EQ(global.records.size(), dcos.records.size());
}

TEST_F(Transfers, TellOfChangesAtAliasesToo) {
  for (const std::string zone : {"thisdcos.directory.", "thisdcos.global."}) {
    World world;
    zones_.publish(world.with_tasks(1, 3));
    const Octets whole = make_query({.name = zone, .type = RrType::Axfr});
    auto kept = without_soa(ask(whole).records);
    zones_.publish(world.with_tasks(4, 5));
    const Got got = ask(ixfr_query(1, zone));
    ASSERT_EQ(kinds(got).substr(0, 4), "SSS.") << zone;
    kept.merge(without_soa(got.records));
    EXPECT_EQ(kept, without_soa(ask(whole).records)) << zone;
  }
}

TEST_F(Transfers, TellWhatIsGone) {
  zones_.publish(world_.with_tasks(4, 4));
  ask(kAxfr);
  World other;
  other.with_tasks(1, 3);
  other.with_tasks(1, 0);
  zones_.publish(other.with_tasks(1, 0));  // Serial 3, without the fourth task.
  const Got got = ask(ixfr_query(2));
  EXPECT_EQ(kinds(got), "SS........SS");
}

TEST_F(Transfers, GiveTheWholeZoneToThoseWhomTheyDoNotKnow) {
  EXPECT_EQ(kinds(ask(ixfr_query(0))), kinds(ask(kAxfr)));
}

TEST_F(Transfers, SayOverUdpWhatIsNewAndNoMore) {
  EXPECT_EQ(kinds(ask(ixfr_query(0), Transport::Udp)), "S");
  const Got refused = ask(kAxfr, Transport::Udp);
  EXPECT_EQ(refused.messages[0].rcode, static_cast<std::uint32_t>(Rcode::Refused));
}

TEST_F(Transfers, AreRefusedToStrangers) {
  policy_.clients = {common::IpPrefix::parse("10.0.0.54").value()};
  for (const auto& request : {kAxfr, ixfr_query(1)}) {
    const Got got = ask(request);
    EXPECT_EQ(got.messages[0].rcode, static_cast<std::uint32_t>(Rcode::Refused));
    EXPECT_TRUE(got.records.empty());
  }
}

TEST_F(Transfers, AreOfZonesOnly) {
  const Got got = ask(make_query({.name = "web.marathon.mesos.", .type = RrType::Axfr}));
  EXPECT_EQ(got.messages[0].rcode, static_cast<std::uint32_t>(Rcode::NotAuth));
}

TEST_F(Transfers, FailBeforeTheFirstState) {
  zones_.publish(ZoneBuilder(ZoneOptions{}).current());
  EXPECT_EQ(ask(kAxfr).messages[0].rcode, static_cast<std::uint32_t>(Rcode::ServFail));
}

TEST_F(Transfers, AreCounted) {
  ask(kAxfr);
  zones_.publish(world_.with_tasks(4, 4));
  ask(ixfr_query(1));
  ask(ixfr_query(2));
  policy_.clients.clear();
  ask(kAxfr);
  common::MetricsPage page;
  server_.describe(page);
  for (const char* result : {"whole", "difference", "current", "refused"}) {
    const std::string line =
        std::string("signpost_dnsd_transfers_total{result=\"") + result + "\"} 1\n";
    EXPECT_NE(page.text().find(line), std::string::npos) << result;
  }
  EXPECT_NE(page.text().find("signpost_dnsd_transfers 0\n"), std::string::npos);
}

TEST_F(Transfers, AreBoundedInNumber) {
  zones_.publish(world_.with_tasks(4, 2000));
  RespondOptions options;
  options.transport = Transport::Tcp;
  options.client = common::IpAddress::parse("10.0.0.53").value();
  Octets out(65535);
  std::vector<std::unique_ptr<Transfer>> running;
  for (int i = 0; i < TransferServer::kMostTransfers; ++i) {
    running.push_back(server_.answer(Query(kAxfr), options, out).transfer);
    ASSERT_TRUE(running.back());
  }
  EXPECT_EQ(server_.answer(Query(kAxfr), options, out).response.rcode, Rcode::ServFail);
  running.pop_back();
  EXPECT_TRUE(server_.answer(Query(kAxfr), options, out).transfer);
}

}  // namespace
}  // namespace dnsd
