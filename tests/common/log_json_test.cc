#include "common/log_json.h"

#include <gtest/gtest.h>

namespace common::log {
namespace {

TEST(LogJson, SplitsKeysAndValues) {
  EXPECT_EQ(json_members("session vip=cart.marathon:80/tcp tries=1 connect_ms=0.213"),
            R"("msg":"session","vip":"cart.marathon:80/tcp","tries":1,"connect_ms":0.213})");
  EXPECT_EQ(json_members("vip=a:80 cannot be tried: no port is left"),
            R"("msg":"cannot be tried: no port is left","vip":"a:80"})");
}

TEST(LogJson, KeepsALineThatIsAllKeysAsItsMessage) {
  EXPECT_EQ(json_members("signal=15 state=up"),
            R"("msg":"signal=15 state=up","signal":15,"state":"up"})");
}

TEST(LogJson, ReadsQuotedValues) {
  EXPECT_EQ(json_members(R"(bad label="VIP_0" value="a \"b\" \\c" problem="no port")"),
            R"("msg":"bad","label":"VIP_0","value":"a \"b\" \\c","problem":"no port"})");
  EXPECT_EQ(json_members(R"(bad value="never closed)"), R"("msg":"bad","value":"never closed"})");
  EXPECT_EQ(json_members(R"(x id="12")"), R"("msg":"x","id":"12"})");
}

TEST(LogJson, MakesNumbersOnlyOfWhatJsonCallsSo) {
  EXPECT_EQ(
      json_members("x a=-1 b=007 c=1. d=0.5 e=1e5 f=1234567890123456 g="),
      R"("msg":"x","a":-1,"b":"007","c":"1.","d":0.5,"e":"1e5","f":"1234567890123456","g":""})");
}

TEST(LogJson, LeavesEachKeyOnce) {
  EXPECT_EQ(json_members("x level=9 a=1 a=2"), R"("msg":"x level=9 a=2","a":1})");
}

TEST(LogJson, IsAlwaysUtf8AndOneLine) {
  EXPECT_EQ(json_members("x a=\"1\n\t2\""), R"("msg":"x","a":"1\u000a\u00092"})");
  EXPECT_EQ(json_members("caf\xc3\xa9 \xff\xc3"),
            "\"msg\":\"caf\xc3\xa9 \xef\xbf\xbd\xef\xbf\xbd\"}");
  EXPECT_EQ(json_members("\xed\xa0\x80"), "\"msg\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
  EXPECT_EQ(json_members(""), R"("msg":""})");
}

}  // namespace
}  // namespace common::log
