#pragma once

#include <gtest/gtest.h>

#include <utility>

#include "tests/vipd/server/proxy.h"
#include "tests/vipd/server/sockets.h"

namespace vipd {

/// One VIP with one backend, which the test plays itself.
class OneBackend : public ::testing::Test {
 protected:
  explicit OneBackend(const config::Vip& options = Proxy::options()) : proxy_(options) {
    proxy_.serve({vip_at(vip_.address(), {backend_at(listener_.address())})});
  }

  /// A client and the backend's side of its session.
  std::pair<TestSocket, TestSocket> connect() {
    TestSocket client = TestSocket::connect(vip_.address());
    EXPECT_TRUE(client.connected());
    return {std::move(client), listener_.accept()};
  }

  HeldPort vip_{HeldPort::Kind::Shared};
  TestListener listener_;
  Proxy proxy_;
};

}  // namespace vipd
