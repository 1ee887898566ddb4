#include "vipd/server/access_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/vipd/server/proxy.h"

namespace vipd {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

const SocketAddress kClient = *SocketAddress::parse("192.0.2.9:1234");

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++found;
  return found;
}

TEST(AccessLine, TellsOfASession) {
  AccessRecord record(kClient, AccessRecord::Instant(10s));
  Target target;
  target.endpoint = *SocketAddress::parse("10.0.0.1:31000");
  target.app = "/we b\n";
  record.connected(target, 1500us, 2);
  record.count(3, 0);
  record.count(0, 70);
  record.first_byte = 2ms;
  EXPECT_EQ(access_line(record,
                        vip_at(*SocketAddress::parse("10.1.1.1:80"), {}),
                        EndCause::BackendReset,
                        AccessRecord::Instant(11s)),
            "session vip=10.1.1.1:80/tcp client=192.0.2.9:1234 backend=10.0.0.1:31000 app=/we?b? "
            "tries=2 cause=backend_reset bytes_upstream=3 bytes_downstream=70 connect_ms=1.500 "
            "first_byte_ms=2.000 lasted_ms=1000.000");
}

TEST(AccessLine, TellsOfASessionWithoutABackend) {
  EXPECT_EQ(access_line(AccessRecord(kClient, AccessRecord::Instant(10s)),
                        vip_at(*SocketAddress::parse("10.1.1.1:80"), {}),
                        EndCause::NoBackend,
                        AccessRecord::Instant(10s)),
            "session vip=10.1.1.1:80/tcp client=192.0.2.9:1234 cause=no_backend bytes_upstream=0 "
            "bytes_downstream=0 lasted_ms=0.000");
}

TEST(AccessLog, WritesSoManyLinesASecondAndTellsHowManyItLeftOut) {
  const watcher::Vip vip = vip_at(*SocketAddress::parse("10.1.1.1:80"), {});
  AccessLog log(2);
  CaptureStderr();
  const AccessRecord record(kClient, AccessRecord::Instant(10s));
  for (int i = 0; i < 5; ++i) log.write(record, vip, EndCause::Finished, record.accepted);
  log.write(record, vip, EndCause::Finished, record.accepted + 1s);
  const std::string text = GetCapturedStderr();
  EXPECT_EQ(count(text, "session vip="), 3U) << text;
  EXPECT_THAT(text, HasSubstr(" left_out=3"));
}

TEST(AccessLog, IsSilentUnlessAskedFor) {
  EXPECT_FALSE(AccessLog(0).is_on());
  EXPECT_TRUE(AccessLog(1).is_on());
}

}  // namespace
}  // namespace vipd
