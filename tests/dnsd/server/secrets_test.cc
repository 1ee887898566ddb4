#include "dnsd/server/secrets.h"

#include <gtest/gtest.h>

#include "tests/http/certificates.h"

namespace dnsd {
namespace {

TEST(Secrets, AreRefusedWithTheNameOfTheirFileAlone) {
  const http::TemporaryFolder folder;
  const std::string file = folder.write("secrets", "0123");
  config::Dns options;
  options.cookies = true;
  options.cookie_secret_file = file;
  options.transfer_key_file = file;
  for (const std::string& why :
       {read_cookies(options).error().message, read_transfer_keys(options).error().message}) {
    EXPECT_NE(why.find(file), std::string::npos);
    EXPECT_EQ(why.find("0123"), std::string::npos);
  }
  folder.write("secrets", "key.mesos c2VjcmV0\n");
  EXPECT_EQ((*read_transfer_keys(options))->size(), 1U);
  folder.write("secrets", "000102030405060708090a0b0c0d0e0f\n");
  EXPECT_TRUE((*read_cookies(options))->has_value());
}

TEST(Secrets, NeedNoFile) {
  config::Dns options;
  EXPECT_FALSE((*read_cookies(options))->has_value());
  EXPECT_TRUE((*read_transfer_keys(options))->empty());
  options.cookies = true;
  EXPECT_TRUE((*read_cookies(options))->has_value());
}

}  // namespace
}  // namespace dnsd
