#include "watcher/mesos/recordio.h"

#include <gmock/gmock.h>

namespace watcher::mesos {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Recordio : public testing::Test {
 protected:
  bool feed(std::string_view bytes) {
    return parser_.feed(bytes, [this](std::string_view record) { records_.emplace_back(record); })
        .has_value();
  }

  RecordioParser parser_{10};
  std::vector<std::string> records_;
};

TEST_F(Recordio, CutsRecordsByTheirLengthInOctets) {  // Fact 1: octets, not characters.
  EXPECT_TRUE(feed("5\nhello3\na\nb2\n\xc3\xbc"));
  EXPECT_THAT(records_, ElementsAre("hello", "a\nb", "\xc3\xbc"));
}

TEST_F(Recordio, ResumesAtAnyOctet) {
  const std::string stream = "5\nhello\n\n10\n0123456789\r\n1\nx";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    parser_ = RecordioParser(10);
    records_.clear();
    EXPECT_TRUE(feed(stream.substr(0, cut)));
    EXPECT_TRUE(feed(stream.substr(cut)));
    EXPECT_THAT(records_, ElementsAre("hello", "0123456789", "x")) << cut;
  }
}

TEST_F(Recordio, KeepsAnUnfinishedRecordToItself) {
  EXPECT_TRUE(feed("5\nhell"));
  EXPECT_THAT(records_, IsEmpty());
}

TEST_F(Recordio, SkipsAndCountsWhatIsTooLong) {
  const std::string stream = "11\n0123456789x1\nx40\n" + std::string(40, 'y') + "2\nok";
  EXPECT_TRUE(feed(stream));
  EXPECT_THAT(records_, ElementsAre("x", "ok"));
  EXPECT_EQ(parser_.oversized(), 2u);
  for (const char& octet : stream) EXPECT_TRUE(feed({&octet, 1}));
  EXPECT_EQ(parser_.oversized(), 4u);
}

TEST_F(Recordio, SurvivesTheLargestLengthThereIs) {
  EXPECT_TRUE(feed("18446744073709551615\nabc"));
  EXPECT_TRUE(feed("def"));
  EXPECT_THAT(records_, IsEmpty());
}

TEST_F(Recordio, RefusesWhatIsNoLength) {
  for (const char* garbage : {"<html>\n", "-1\n", "5x\nhello", "0x5\n", "18446744073709551616\n"}) {
    parser_ = RecordioParser(10);
    EXPECT_FALSE(feed(garbage)) << garbage;
  }
  parser_ = RecordioParser(10);
  EXPECT_FALSE(feed(std::string(1000, '0')));  // No length is so long; nothing is hoarded.
}

}  // namespace
}  // namespace watcher::mesos
