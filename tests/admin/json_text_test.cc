#include "admin/json_text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>
#include <vector>

namespace admin {
namespace {

namespace json = boost::json;

TEST(JsonText, SeparatesWhatFollows) {
  JsonText out;
  out.begin_object();
  out.member("name", "web");
  out.member("port", std::uint16_t{80});
  out.list("flags", std::vector<int>{0, 1}, [&out](int flag) { out.value(flag == 1); });
  out.list("none", std::vector<int>{}, [](int) {});
  out.list("objects", std::vector<int>{1, 2}, [&out](int) {
    out.begin_object();
    out.end_object();
  });
  out.member("last", std::uint64_t{18'446'744'073'709'551'615U});
  out.end_object();
  EXPECT_EQ(out.take(),
            R"({"name":"web","port":80,"flags":[false,true],"none":[],"objects":[{},{}],)"
            R"("last":18446744073709551615})");
}

TEST(JsonText, HoldsAnyText) {
  std::mt19937 random(5);
  for (int i = 0; i < 1000; ++i) {
    std::string text(random() % 40, ' ');
    for (char& c : text) c = static_cast<char>(random() % 128);
    JsonText out;
    out.begin_array();
    out.value(text);
    out.value("münchen ☃");
    out.end_array();
    EXPECT_EQ(json::parse(out.take()), (json::array{json::string(text), "münchen ☃"}));
  }
}

}  // namespace
}  // namespace admin
