#include "watcher/saved/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/watcher/saved/sample.h"

namespace watcher::saved {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(Codec, ReadsBackWhatItWrote) {
  const Catalog catalog = sample_catalog();
  const Snapshot& snapshot = catalog.snapshot();
  const auto state = decode(encoded(snapshot));
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->generation, snapshot.generation);
  EXPECT_THAT(state->sources, ElementsAre("marathon", "mesos"));
  ASSERT_THAT(state->tasks, SizeIs(2));
  for (const Task& task : state->tasks) {
    const TaskPtr* known = snapshot.tasks.find(task.key);
    ASSERT_NE(known, nullptr) << *task.key.id;
    EXPECT_EQ(task, **known);
  }
  EXPECT_EQ(state->members.at("mesos"), *snapshot.members.at("mesos"));
  ASSERT_THAT(state->weights, SizeIs(1));
  const auto& [vip, shares] = *state->weights.begin();
  EXPECT_EQ(shares, *snapshot.weights.find(vip));
  EXPECT_EQ(state->drains, *snapshot.drains.all);
  EXPECT_THAT(state->drains, SizeIs(1));
  ASSERT_THAT(state->notes, SizeIs(1));
  const auto& [name, text] = *state->notes.begin();
  EXPECT_EQ(text, *snapshot.notes.find(name));
  ASSERT_THAT(state->vip_addresses, SizeIs(1));
  EXPECT_EQ(
      state->vip_addresses.at("web.marathon"),
      (*snapshot.vips.find(VipId{.name = "web.marathon", .address = {}, .port = 80}))->address);
}

TEST(Codec, RefusesWhatIsForeign) {
  for (const char* text : {"", "\n", "dns: {}\n", "{\"a\":1}\n", "[1]\n"}) {
    const auto refused = decode(text);
    ASSERT_FALSE(refused) << text;
    EXPECT_THAT(refused.error().message, HasSubstr("no saved state")) << text;
  }
}

TEST(Codec, RefusesAnotherVersionByItsNumber) {
  const auto refused = decode("{\"signpost_state\":7}\n{\"sha256\":\"\"}\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("version 7"));
}

TEST(Codec, RefusesWhatIsCutOffAnywhere) {
  const std::string whole = encoded(sample_catalog().snapshot());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode(whole.substr(0, size))) << size;
  }
}

TEST(Codec, RefusesAChangedByte) {
  const std::string whole = encoded(sample_catalog().snapshot());
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string changed = whole;
    changed[at] = changed[at] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(decode(changed)) << at;
  }
}

}  // namespace
}  // namespace watcher::saved
