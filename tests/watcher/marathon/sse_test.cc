#include "watcher/marathon/sse.h"

#include <gmock/gmock.h>

#include "tests/watcher/marathon/fixtures.h"

namespace watcher::marathon {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

using Records = std::vector<std::pair<std::string, std::string>>;  // Event name, data.

Records feed(SseParser& parser, std::string_view bytes) {
  Records records;
  parser.feed(bytes,
              [&](const SseRecord& record) { records.emplace_back(record.event, record.data); });
  return records;
}

Records parse(std::string_view bytes, std::size_t limit = 1 << 20) {
  SseParser parser(limit);
  return feed(parser, bytes);
}

/// Fed piece by piece, with cuts at these places.
Records parse_cut(std::string_view bytes, const std::vector<std::size_t>& cuts) {
  SseParser parser(1 << 20);
  Records all;
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    for (auto& record : feed(parser, bytes.substr(begin, cut - begin))) all.push_back(record);
    begin = cut;
  }
  for (auto& record : feed(parser, bytes.substr(begin))) all.push_back(record);
  return all;
}

Records parse_bytewise(std::string_view bytes) {
  std::vector<std::size_t> cuts(bytes.size());
  for (std::size_t i = 0; i < cuts.size(); ++i) cuts[i] = i;
  return parse_cut(bytes, cuts);
}

TEST(Sse, ReadsAnEventAsMarathonWritesIt) {
  EXPECT_THAT(parse("event: a\r\ndata: {}\r\n\r\n"), ElementsAre(Pair("a", "{}")));
}

TEST(Sse, EndsLinesAtCrLfAndCrLfAlike) {
  for (const char* text :
       {"event: a\ndata: b\n\n", "event: a\rdata: b\r\r", "event: a\r\ndata: b\n\r"}) {
    EXPECT_THAT(parse(text), ElementsAre(Pair("a", "b"))) << text;
  }
}

TEST(Sse, TakesHeartbeatsForLifeAndNotForEvents) {
  EXPECT_THAT(parse("\r\n\r\n\r\n"), IsEmpty());
  EXPECT_THAT(parse_bytewise("\r\n\r\ndata: x\r\n\r\n\r\n"), ElementsAre(Pair("", "x")));
}

TEST(Sse, SwallowsALfThatComesAfterACrInTheNextBuffer) {
  EXPECT_THAT(parse_cut("data: a\r\ndata: b\r\n\r\n", {8}), ElementsAre(Pair("", "a\nb")));
}

TEST(Sse, ReadsServersThatNameNoEvent) {
  EXPECT_THAT(parse("data: {\"eventType\":\"a\"}\n\n"),
              ElementsAre(Pair("", "{\"eventType\":\"a\"}")));
}

TEST(Sse, JoinsDataLinesAndDropsOneBlankAfterTheColon) {
  EXPECT_THAT(parse("data: a\ndata:  b\ndata:\ndata\n\n"), ElementsAre(Pair("", "a\n b\n\n")));
}

TEST(Sse, SkipsCommentsAndOtherFields) {
  EXPECT_THAT(parse(": ping\nid: 7\nretry: 5\nevent: a\nwhatever\ndata: b\n\n"),
              ElementsAre(Pair("a", "b")));
}

TEST(Sse, ForgetsANameThatHasNoData) {
  EXPECT_THAT(parse("event: a\n\ndata: b\n\n"), ElementsAre(Pair("", "b")));
}

TEST(Sse, LeavesUnicodeLineSeparatorsInTheText) {
  EXPECT_THAT(parse("data: \u2028\u2029\u0085\v\f\n\n"),
              ElementsAre(Pair("", "\u2028\u2029\u0085\v\f")));
}

TEST(Sse, KeepsWhatIsNotComplete) {
  SseParser parser(100);
  EXPECT_THAT(feed(parser, "data: a\n"), IsEmpty());
  EXPECT_THAT(feed(parser, "\n"), ElementsAre(Pair("", "a")));
}

TEST(Sse, SkipsAndCountsARecordPastTheLimit) {
  SseParser parser(16);
  EXPECT_THAT(feed(parser, "data: 0123456789012345\n\ndata: b\n\n"), ElementsAre(Pair("", "b")));
  EXPECT_EQ(parser.oversized(), 1u);
}

TEST(Sse, SkipsARecordOfManyShortLinesPastTheLimit) {
  SseParser parser(16);
  std::string text;
  for (int i = 0; i < 10; ++i) text += "data: abc\r\n";
  for (const char c : text + "\r\n") EXPECT_THAT(feed(parser, {&c, 1}), IsEmpty());
  EXPECT_THAT(feed(parser, "data: b\r\n\r\n"), ElementsAre(Pair("", "b")));
  EXPECT_EQ(parser.oversized(), 1u);
}

TEST(Sse, TakesARecordJustAtTheLimit) {
  EXPECT_THAT(parse("data: 0123456789\n\n", 16), ElementsAre(Pair("", "0123456789")));
}

TEST(Sse, GivesTheSameRecordsWhereverRecordedStreamsAreCut) {
  const auto files = list_fixtures("marathon/sse", ".sse");
  SKIP_WITHOUT_FIXTURES(files);
  for (const std::string& file : files) {
    const std::string bytes = read_fixture(file);
    const Records whole = parse(bytes);
    EXPECT_FALSE(whole.empty()) << file;
    EXPECT_EQ(parse_bytewise(bytes), whole) << file;
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      ASSERT_EQ(parse_cut(bytes, {cut}), whole) << file << " cut at " << cut;
    }
  }
}

TEST(Sse, ReadsRecordedStreams) {
  const std::string crlf = read_fixture("marathon/sse/async-worker-single-event-crlf.sse");
  SKIP_WITHOUT_FIXTURES(crlf);
  EXPECT_THAT(parse(crlf),
              ElementsAre(Pair("event_stream_attached", StartsWith("{\"remoteAddress\""))));
  // A blank line after `event:` ends a record without data: the name is lost, as the standard says.
  const Records blank = parse(read_fixture("marathon/sse/async-worker-blank-lines.sse"));
  ASSERT_EQ(blank.size(), 4u);
  for (const auto& [event, data] : blank) EXPECT_EQ(event, "");
  // JSON spread over lines without `data:` keeps its first line only.
  EXPECT_EQ(parse(read_fixture("marathon/sse/contrail-pod-events.sse")).front().second,
            "{\"slaveId\":\"2275bb07-f40c-4d1e-884a-3d1332aed113-S4\",");
}

}  // namespace
}  // namespace watcher::marathon
