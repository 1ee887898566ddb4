#include "config/option.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace config {
namespace {

TEST(Quote, LeavesPlainWordsAlone) {
  for (const auto* plain : {"info", "10.0.0.1:53", "http://a:8080/b_c", "true", "5s"}) {
    EXPECT_EQ(quote(plain), plain);
  }
}

TEST(Quote, QuotesWhatYamlWouldReadAsSomethingElse) {
  EXPECT_EQ(quote(""), R"("")");
  EXPECT_EQ(quote("*"), R"("*")");
  EXPECT_EQ(quote("null"), R"("null")");
  EXPECT_EQ(quote("-"), R"("-")");
  EXPECT_EQ(quote("a:"), R"("a:")");
  EXPECT_EQ(quote("[::1]:53"), R"("[::1]:53")");
  EXPECT_EQ(quote("say \"hi\" \\ # ä"), R"("say \"hi\" \\ # ä")");
  EXPECT_EQ(quote("a\tb\nc\x7f"), R"("a\x09b\x0ac\x7f")");
}

TEST(Schema, SaysSomethingAboutEveryOption) {
  for (const Section& section : schema()) {
    EXPECT_TRUE(section.text.ends_with('.')) << section.name;
    for (const Option& option : section.options) {
      EXPECT_TRUE(option.key.starts_with(section.name + ".")) << option.key;
      EXPECT_TRUE(option.text.ends_with('.')) << option.key;
      EXPECT_FALSE(option.type.empty()) << option.key;
      EXPECT_EQ((option.text + option.type).find('|'), std::string::npos)
          << option.key << ": would end a cell of the reference";
    }
  }
}

TEST(Schema, HasDefaultsThatItAccepts) {
  const Settings settings = defaults();
  for (const Relation& relation : relations()) EXPECT_TRUE(relation.holds(settings));
  EXPECT_TRUE(parse(print(settings), "defaults"));
}

TEST(Relations, NameOptionsThatExist) {
  std::string keys;
  for (const Section& section : schema()) {
    for (const Option& option : section.options) keys += option.key + "\n";
  }
  for (const Relation& relation : relations()) {
    for (const std::string_view key : relation.keys) {
      EXPECT_NE(keys.find(std::string(key) + "\n"), std::string::npos) << key;
    }
  }
}

}  // namespace
}  // namespace config
