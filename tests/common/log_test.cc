#include "common/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace common::log {
namespace {

TEST(LogLevel, IsReadByName) {
  EXPECT_EQ(parse_level("debug").value(), Level::Debug);
  EXPECT_EQ(parse_level("info").value(), Level::Info);
  EXPECT_EQ(parse_level("warn").value(), Level::Warn);
  EXPECT_EQ(parse_level("error").value(), Level::Error);
  EXPECT_EQ(parse_level("off").value(), Level::Off);
}

TEST(LogLevel, NamesTheChoicesWhenItIsNone) {
  for (const char* text : {"", "INFO", "warning", "0"}) {
    const auto level = parse_level(text);
    ASSERT_FALSE(level) << text;
    EXPECT_THAT(level.error().message, ::testing::HasSubstr("debug, info, warn, error or off"));
  }
}

TEST(LogLevel, DecidesWhatIsWritten) {
  set_level(Level::Warn);
  EXPECT_FALSE(enabled(Level::Info));
  EXPECT_TRUE(enabled(Level::Warn));
  set_level(Level::Off);
  EXPECT_FALSE(enabled(Level::Error));
  set_level(Level::Info);
}

}  // namespace
}  // namespace common::log
