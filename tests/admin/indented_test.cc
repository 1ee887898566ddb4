#include "admin/indented.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace admin {
namespace {

TEST(Indented, IndentsByOneBlankALevel) {
  EXPECT_EQ(indented(boost::json::parse(R"({"a":[1,{"b":"x\"y"}],"c":{},"d":[]})")),
            "{\n \"a\": [\n  1,\n  {\n   \"b\": \"x\\\"y\"\n  }\n ],\n \"c\": {},\n \"d\": []\n}");
}

TEST(Indented, LeavesScalarsAlone) { EXPECT_EQ(indented(boost::json::parse("null")), "null"); }

}  // namespace
}  // namespace admin
