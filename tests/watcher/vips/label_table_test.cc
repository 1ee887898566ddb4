#include "watcher/vips/label_table.h"

#include <gmock/gmock.h>

#include <set>

namespace watcher {
namespace {

using ::testing::HasSubstr;

TEST(LabelTable, HasEachLabelOnce) {
  std::set<std::string_view> keys;
  for (const LabelRow& row : label_table()) {
    EXPECT_TRUE(keys.insert(row.key).second) << row.key;
    EXPECT_FALSE(row.text.empty()) << row.key;
  }
}

TEST(LabelTable, FindsALabelByItsNameWithoutPrefixAndPlace) {
  EXPECT_EQ(find_label_row(LabelFamily::Ours, "BALANCE")->key, "SIGNPOST_BALANCE");
  EXPECT_EQ(find_label_row(LabelFamily::MarathonLb, "BALANCE")->key, "HAPROXY_<n>_BALANCE");
  EXPECT_EQ(find_label_row(LabelFamily::Ours, "VHOST"), nullptr);
}

TEST(LabelTable, IsPrintedRowByRow) {
  EXPECT_THAT(label_reference(),
              HasSubstr("\n| `HAPROXY_<n>_AUTH` | realm:user:hash | closes the port | "));
}

}  // namespace
}  // namespace watcher
