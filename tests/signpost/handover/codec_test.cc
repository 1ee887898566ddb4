#include "signpost/handover/codec.h"

#include <gtest/gtest.h>

#include "tests/signpost/handover/sample.h"

namespace signpost::handover {
namespace {

TEST(HandoverCodec, TakesOverEverything) {
  Bundle sent = sample_bundle();
  const auto got = decode_bundle(arrived(encode(sent)));
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got->dns.listening.size(), 1U);
  EXPECT_EQ(got->dns.listening[0].configured, sent.dns.listening[0].configured);
  EXPECT_EQ(got->dns.listening[0].listening.address, address_of("[::1]:53"));
  EXPECT_EQ(got->dns.idle.at(0).size(), 1U);
  const vipd::MovedWorker& worker = got->vips.workers.at(0);
  EXPECT_EQ(worker.listeners.at(0).protocol, watcher::Protocol::Udp);
  const vipd::MovedSession& session = worker.sessions.at(0);
  EXPECT_EQ(session.vip, sent.vips.workers[0].sessions[0].vip);
  EXPECT_EQ(session.target.app, "/web");
  EXPECT_EQ(session.proxied, sent.vips.workers[0].sessions[0].proxied);
  EXPECT_EQ(session.carried[0].bytes, sent.vips.workers[0].sessions[0].carried[0].bytes);
  EXPECT_TRUE(session.carried[0].ended);
  EXPECT_FALSE(session.carried[0].finished);
  EXPECT_EQ(session.age.count(), 1234);
  EXPECT_TRUE(worker.flows.at(0).has_answered);
  EXPECT_EQ(got->route, sent.route);
}

TEST(HandoverCodec, TheSenderKeepsItsDescriptors) {
  Bundle sent = sample_bundle();
  { const auto got = decode_bundle(arrived(encode(sent))); }
  EXPECT_NE(fcntl(sent.vips.workers[0].sessions[0].client.get(), F_GETFD), -1);
}

TEST(HandoverCodec, PassesOnWhatIsKnown) {
  Knowledge sent{"lines\n",
                 {{{"marathon", "a.1"}, 80, watcher::Protocol::Tcp, watcher::Health::Failing}}};
  const auto got = decode_knowledge(arrived(encode(sent)));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->state, sent.state);
  EXPECT_EQ(got->probed.at(0).key, sent.probed[0].key);
  EXPECT_EQ(got->probed.at(0).health, watcher::Health::Failing);
}

TEST(HandoverCodec, RefusesWhatIsCutAnywhere) {
  Bundle sent = sample_bundle();
  const Letter letter = encode(sent);
  for (std::size_t size = 0; size < letter.bytes.size(); ++size) {
    Letter cut = letter;
    cut.bytes.resize(size);
    EXPECT_FALSE(decode_bundle(arrived(cut))) << size;
  }
}

TEST(HandoverCodec, RefusesTooFewAndTooManyDescriptors) {
  Bundle sent = sample_bundle();
  Letter letter = encode(sent);
  Letter fewer = letter;
  fewer.descriptors.pop_back();
  EXPECT_FALSE(decode_bundle(arrived(fewer)));
  letter.descriptors.push_back(letter.descriptors.back());
  EXPECT_FALSE(decode_bundle(arrived(letter)));
}

TEST(HandoverCodec, RefusesListenersWithoutTheirSocket) {
  Bundle sent = sample_bundle();
  sent.vips.workers[0].listeners[0].socket.reset();
  EXPECT_FALSE(decode_bundle(arrived(encode(sent))));
}

/// Whatever byte is another, it is refused or read as something that makes sense.
TEST(HandoverCodec, SurvivesAnyChangedByte) {
  Bundle sent = sample_bundle();
  const Letter letter = encode(sent);
  for (std::size_t i = 0; i < letter.bytes.size(); ++i) {
    for (const char flip : {'\x01', '\x7f', '\xff'}) {
      Letter changed = letter;
      changed.bytes[i] = static_cast<char>(changed.bytes[i] ^ flip);
      (void)decode_bundle(arrived(changed));
    }
  }
}

}  // namespace
}  // namespace signpost::handover
