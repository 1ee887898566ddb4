#include "vipd/server/failure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace vipd {
namespace {

using ::testing::HasSubstr;

TEST(Failure, OfThisHostSaysNothingOfTheBackend) {
  for (const int error : {EADDRNOTAVAIL, EAGAIN, EMFILE, EPERM, EACCES}) {
    EXPECT_EQ(failure_of(error), ConnectFailure::Local) << error;
  }
}

TEST(Failure, OfThisHostIsToldWithARemedy) {
  for (const int error : {EADDRNOTAVAIL, EAGAIN}) {  // Over TCP, and over UDP.
    EXPECT_THAT(why_untried(error), HasSubstr("no source port is left"));
    EXPECT_THAT(why_untried(error), HasSubstr("net.ipv4.ip_local_port_range"));
    EXPECT_THAT(why_untried(error), HasSubstr("backends"));
  }
  EXPECT_THAT(why_untried(EMFILE), HasSubstr("LimitNOFILE"));
  EXPECT_THAT(why_untried(EPERM), HasSubstr("firewall"));
}

}  // namespace
}  // namespace vipd
