#include "dnsd/forward/cache.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "tests/dnsd/forward/replies.h"

namespace dnsd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::question;

std::shared_ptr<const Resolved> answer(std::uint32_t ttl_s, std::size_t octets = 16) {
  Resolved resolved;
  resolved.rcode = Rcode::NoError;
  resolved.ttl_s = ttl_s;
  resolved.octets.resize(octets);
  return std::make_shared<const Resolved>(std::move(resolved));
}

class CacheTest : public ::testing::Test {
 protected:
  ForwardCache cache_{{.octets = 10000, .stale = seconds{100}}, SipKey{}};
  const ForwardQuestion www_ = question("www.example");
  TimePoint now_{seconds{1000}};
};

TEST_F(CacheTest, KeepsAnAnswerForItsTtl) {
  EXPECT_FALSE(cache_.find(www_, now_));
  const auto kept = answer(60);
  cache_.store(www_, kept, now_);
  const auto hit = cache_.find(www_, now_ + seconds{20}).value();
  EXPECT_EQ(hit.resolved, kept.get());
  EXPECT_EQ(hit.ttl_s, 40U);
  EXPECT_FALSE(hit.is_stale);
  EXPECT_EQ(cache_.find(www_, now_ + milliseconds{59500})->ttl_s, 1U);
}

TEST_F(CacheTest, TellsTypesAndNamesApart) {
  cache_.store(www_, answer(60), now_);
  EXPECT_FALSE(cache_.find(question("www.example", RrType::Aaaa), now_));
  EXPECT_FALSE(cache_.find(question("ww.example"), now_));
  EXPECT_FALSE(cache_.find(question("example"), now_));
}

TEST_F(CacheTest, KeepsLittleWhileMemoryIsShort) {
  const auto ask = [](int number) { return question("www" + std::to_string(number) + ".example"); };
  for (int i = 0; i < 100; ++i) cache_.store(ask(i), answer(60, 100), now_);
  const std::size_t full = cache_.octets();
  EXPECT_GT(full, 9000U);
  cache_.keep_little(true);
  EXPECT_TRUE(cache_.find(ask(99), now_));
  for (int i = 100; i < 110; ++i) {
    cache_.store(ask(i), answer(60, 100), now_);
    EXPECT_LE(cache_.octets(), 10000U / 8);
    EXPECT_TRUE(cache_.find(ask(i), now_));
  }
  cache_.store(ask(0), answer(60, 5000), now_);  // More than that by itself.
  EXPECT_TRUE(cache_.find(ask(0), now_));
  EXPECT_EQ(cache_.entries(), 1U);
  cache_.keep_little(false);
  for (int i = 0; i < 100; ++i) cache_.store(ask(i), answer(60, 100), now_);
  EXPECT_EQ(cache_.octets(), full);
}

TEST_F(CacheTest, ServesStaleForAWhile) {
  cache_.store(www_, answer(60), now_);
  const auto hit = cache_.find(www_, now_ + seconds{60}).value();
  EXPECT_TRUE(hit.is_stale);
  EXPECT_FALSE(hit.is_resting);
  EXPECT_EQ(hit.ttl_s, ForwardCache::kStaleTtlS);
  EXPECT_FALSE(cache_.find(www_, now_ + seconds{160}));
  EXPECT_EQ(cache_.entries(), 0U);
  EXPECT_EQ(cache_.octets(), 0U);
}

TEST_F(CacheTest, ReplacesAnAnswer) {
  cache_.store(www_, answer(60), now_);
  const auto newer = answer(10);
  cache_.store(www_, newer, now_);
  EXPECT_EQ(cache_.find(www_, now_)->resolved, newer.get());
  cache_.store(www_, answer(0), now_);  // What may not be kept takes the old one with it.
  EXPECT_FALSE(cache_.find(www_, now_));
}

TEST_F(CacheTest, RemembersFailuresForASecond) {
  cache_.store_failure(www_, now_);
  EXPECT_EQ(cache_.find(www_, now_)->resolved->rcode, Rcode::ServFail);
  EXPECT_FALSE(cache_.find(www_, now_ + seconds{ForwardCache::kFailureTtlS}));
}

TEST_F(CacheTest, LetsAStaleAnswerRestAfterAFailure) {
  cache_.store(www_, answer(60), now_);
  now_ += seconds{61};
  cache_.store_failure(www_, now_);
  EXPECT_TRUE(cache_.find(www_, now_)->is_resting);
  EXPECT_FALSE(cache_.find(www_, now_ + ForwardCache::kRest)->is_resting);
}

TEST_F(CacheTest, IsDueWhenPopularAndOld) {
  cache_.store(www_, answer(60), now_);
  EXPECT_FALSE(cache_.find(www_, now_ + seconds{10})->is_due);
  EXPECT_TRUE(cache_.find(www_, now_ + seconds{55})->is_due);
  cache_.store(www_, answer(60), now_);
  EXPECT_FALSE(cache_.find(www_, now_ + seconds{55})->is_due);  // Nobody asked before.
}

TEST_F(CacheTest, DropsWhatWasNotAskedForTheLongest) {
  for (const char* name : {"a", "b", "c"}) cache_.store(question(name), answer(60, 2500), now_);
  EXPECT_TRUE(cache_.find(question("a"), now_));
  cache_.store(question("d"), answer(60, 2500), now_);
  EXPECT_FALSE(cache_.find(question("b"), now_));
  for (const char* name : {"a", "c", "d"}) EXPECT_TRUE(cache_.find(question(name), now_)) << name;
}

TEST_F(CacheTest, DoesNotKeepWhatIsLargerThanItself) {
  cache_.store(www_, answer(60, 20000), now_);
  EXPECT_EQ(cache_.entries(), 0U);
  ForwardCache none({.octets = 0}, SipKey{});
  none.store(www_, answer(60), now_);
  none.store_failure(www_, now_);
  EXPECT_FALSE(none.find(www_, now_));
}

/// What the cache has to say, by a model that knows no bound.
struct Model {
  struct Entry {
    const Resolved* resolved;
    TimePoint expires;
  };
  std::map<std::string, Entry> entries;
};

TEST(CacheSimulation, AgreesWithAModelAndKeepsItsBound) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    ForwardCache cache({.octets = 20000, .stale = seconds{30}}, SipKey{});
    Model model;
    TimePoint now{seconds{1000}};
    for (int step = 0; step < 2000; ++step) {
      now += milliseconds{random() % 2000};
      const std::string name = "n" + std::to_string(random() % 60) + ".example";
      if (random() % 3 == 0) {
        const auto kept = answer(static_cast<std::uint32_t>(1 + random() % 20), random() % 800);
        cache.store(question(name), kept, now);
        model.entries[name] = {kept.get(), now + seconds{kept->ttl_s}};
      } else if (const auto hit = cache.find(question(name), now)) {
        const auto& known = model.entries.at(name);
        ASSERT_EQ(hit->resolved, known.resolved);
        ASSERT_EQ(hit->is_stale, now >= known.expires);
        ASSERT_LT(now, known.expires + seconds{30});
        ASSERT_TRUE(hit->is_stale || now + seconds{hit->ttl_s} < known.expires + seconds{1});
      }
      ASSERT_LE(cache.octets(), 20000U);
      ASSERT_LE(cache.entries(), 60U);
    }
    EXPECT_GT(cache.entries(), 0U);
  }
}

}  // namespace
}  // namespace dnsd
