#include "vipd/relay/client_hello.h"

#include <gtest/gtest.h>

#include "tests/vipd/relay/client_hello.h"

namespace vipd {
namespace {

using Status = ClientHello::Status;

ClientHello read(const std::string& bytes) {
  return read_client_hello(std::as_bytes(std::span(bytes)));
}

TEST(ClientHelloOf, GivesTheServerName) {
  const ClientHello hello = read(client_hello("Shop.Example.org") + "what follows");
  EXPECT_EQ(hello.status, Status::Complete);
  EXPECT_EQ(hello.server_name, "shop.example.org");
  EXPECT_EQ(read(client_hello("shop.example.org.")).server_name, "shop.example.org");
}

TEST(ClientHelloOf, MayAskForNoName) {
  EXPECT_EQ(read(client_hello("")).status, Status::Complete);
  EXPECT_EQ(read(client_hello("")).server_name, "");
  EXPECT_EQ(read(record(hello_message(""))).status, Status::Complete);
}

TEST(ClientHelloOf, IsWaitedForAtEveryOctet) {
  const std::string whole = client_hello("shop.example.org");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(read(whole.substr(0, size)).status, Status::Partial) << size;
  }
}

TEST(ClientHelloOf, MayBeSpreadOverRecords) {
  const std::string message = hello_message(server_name_extension("a.b"));
  std::string records;
  for (const char c : message) records += record(std::string(1, c));
  EXPECT_EQ(read(records).server_name, "a.b");
  EXPECT_EQ(read(record(message.substr(0, 3)) + record(message.substr(3))).server_name, "a.b");
}

TEST(ClientHelloOf, IsNotTakenFromAnythingElse) {
  EXPECT_EQ(read("G").status, Status::NotTls);  // At once, without waiting for more.
  EXPECT_EQ(read("\x16G").status, Status::NotTls);
  EXPECT_EQ(read("\x15\x03\x01").status, Status::NotTls);
  EXPECT_EQ(read(record("\2")).status, Status::NotTls);  // A ServerHello.
  EXPECT_EQ(read(std::string("\x16\x03\x01\0\0", 5)).status, Status::NotTls);
  EXPECT_EQ(read("\x16\x03\x01\xff\xff").status, Status::NotTls);
  EXPECT_EQ(read(record(std::string("\1\xff\xff\xff", 4))).status, Status::NotTls);
}

TEST(ClientHelloOf, HasLengthsThatFit) {
  const std::string good = hello_message(server_name_extension("a.b"));
  for (std::size_t at = 4; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = '\xff';
    EXPECT_NE(read(record(bad)).status, Status::Partial) << at;
  }
  EXPECT_EQ(read(record(hello_message("\1"))).status, Status::NotTls);
}

TEST(ClientHelloOf, GivesNoNameThatIsNone) {
  EXPECT_EQ(read(client_hello("a b")).server_name, "");
  EXPECT_EQ(read(client_hello(std::string("a\0b", 3))).server_name, "");
  EXPECT_EQ(read(client_hello(std::string(254, 'a'))).server_name, "");
  EXPECT_EQ(read(client_hello(".")).server_name, "");
  EXPECT_EQ(read(client_hello("192.0.2.1")).server_name, "192.0.2.1");  // No name, but no harm.
}

}  // namespace
}  // namespace vipd
