#include "common/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace common {
namespace {

using ::testing::HasSubstr;

TEST(Counter, CountsUpAndDown) {
  Counter counter;
  counter.add();
  counter.add(5);
  counter.subtract(2);
  EXPECT_EQ(counter.value(), 4U);
}

TEST(LatencyHistogram, PutsABoundIntoItsOwnBucket) {
  LatencyHistogram latency;
  latency.observe(0.0001);
  latency.observe(0.0002);
  latency.observe(11.0);
  const auto counts = latency.counts();
  EXPECT_EQ(counts.front(), 1U);
  EXPECT_EQ(counts[1], 1U);
  EXPECT_EQ(counts.back(), 1U);
  EXPECT_NEAR(latency.sum(), 11.0003, 1e-6);
}

TEST(LatencyHistogram, TakesAClockThatStepsBackForZero) {
  LatencyHistogram latency;
  latency.observe(-1.0);
  EXPECT_EQ(latency.counts().front(), 1U);
  EXPECT_EQ(latency.sum(), 0.0);
}

TEST(MetricsPage, WritesAFamilyOnceWithAllItsLabels) {
  MetricsPage page;
  page.counter("signpost_test_queries_total", "Queries.", 3, {{"proto", "udp"}});
  page.gauge("signpost_test_tasks", "Tasks.", 7);
  page.counter("signpost_test_queries_total", "Queries.", 4, {{"proto", "tcp"}});
  const std::string text = page.text();
  EXPECT_THAT(text,
              HasSubstr("# HELP signpost_test_queries_total Queries.\n"
                        "# TYPE signpost_test_queries_total counter\n"
                        "signpost_test_queries_total{proto=\"udp\"} 3\n"
                        "signpost_test_queries_total{proto=\"tcp\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE signpost_test_tasks gauge\nsignpost_test_tasks 7\n"));
}

TEST(MetricsPage, EscapesLabelValues) {
  MetricsPage page;
  page.gauge("signpost_test_state", "State.", 1, {{"app", "a\"b\\c\nd"}});
  EXPECT_THAT(page.text(), HasSubstr(R"(app="a\"b\\c\nd")"));
}

TEST(MetricsPage, WritesHistogramsCumulatively) {
  LatencyHistogram latency;
  latency.observe(0.0001);
  latency.observe(0.0003);
  latency.observe(20.0);
  MetricsPage page;
  page.histogram("signpost_test_latency_seconds", "Latency.", latency);
  const std::string text = page.text();
  EXPECT_THAT(text, HasSubstr("signpost_test_latency_seconds_count 3\n"));
  EXPECT_THAT(text, HasSubstr("signpost_test_latency_seconds_bucket{le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_test_latency_seconds_bucket{le=\"0.0005\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("signpost_test_latency_seconds_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("signpost_test_latency_seconds_bucket{le=\"+Inf\"} 3\n"));
}

}  // namespace
}  // namespace common
