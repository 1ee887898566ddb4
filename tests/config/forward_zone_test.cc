#include "config/forward_zone.h"

#include <gmock/gmock.h>

#include "config/load.h"

namespace config {
namespace {

using ::testing::HasSubstr;

/// What a text is printed as, or what is wrong with it.
std::string read(std::string_view text) {
  const auto zone = Type<ForwardZone>::parse(text);
  return zone ? Type<ForwardZone>::print(*zone) : "! " + zone.error();
}

std::string errors_of(std::string_view text) {
  const auto settings = parse(text, "f.yaml");
  return settings ? "" : settings.error().message;
}

TEST(ForwardZone, IsReadAndPrintedAgain) {
  EXPECT_EQ(read("Corp.Example.  10.1.0.2:53 [fd00::1]:5353"),
            "corp.example 10.1.0.2:53 [fd00::1]:5353");
}

TEST(ForwardZone, TellsWhatIsWrong) {
  EXPECT_EQ(read(""), "! it begins with a domain name");
  EXPECT_EQ(read("a..b 10.1.0.2:53"), "! it begins with a domain name");
  EXPECT_EQ(read("corp.example"), "! the resolvers are missing");
  EXPECT_EQ(read("corp.example 10.1.0.2"), "! '10.1.0.2' is no address and port");
}

TEST(ForwardTo, IsNotOurself) {
  EXPECT_THAT(errors_of("dns: {listen: [\"10.0.0.1:53\"], forward_to: [\"10.0.0.1:53\"]}"),
              HasSubstr("must not be an address of dns.listen"));
  EXPECT_EQ(errors_of("dns: {listen: [\"10.0.0.1:53\"], forward_to: [\"10.0.0.2:53\"]}"), "");
}

TEST(TlsListen, NeedsACertificate) {
  EXPECT_THAT(errors_of("dns: {tls_listen: [\"0.0.0.0:853\"]}"), HasSubstr("needs"));
}

}  // namespace
}  // namespace config
