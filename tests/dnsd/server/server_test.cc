#include "dnsd/server/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "tests/dnsd/server/clients.h"
#include "tests/dnsd/server/test_zone.h"

namespace dnsd {
namespace {

using ::testing::HasSubstr;
using testing::TcpClient;
using testing::UdpClient;

config::Dns options_for(const std::vector<std::string>& listen, int workers = 2) {
  config::Dns options;
  for (const std::string& text : listen) {
    options.listen.push_back(common::SocketAddress::parse(text).value());
  }
  options.workers = workers;
  options.udp_payload = 1232;
  options.tcp_idle_timeout = std::chrono::hours{1};
  options.partial_answers = true;
  options.tcp_message_timeout = std::chrono::hours{1};
  options.tcp_connections = 100;
  options.tcp_client_connections = 100;
  return options;
}

std::unique_ptr<Server> start(const config::Dns& options, const common::Published<Zone>& zone) {
  auto server = Server::start(options, zone);
  EXPECT_TRUE(server) << server.error().message;
  return std::move(*server);
}

int addresses_over_udp(const common::SocketAddress& server) {
  UdpClient client(server);
  client.send(testing::make_query(1));
  return testing::answer_count_of(client.receive().value());
}

int addresses_over_tcp(const common::SocketAddress& server) {
  TcpClient client(server);
  client.send(testing::framed(testing::make_query(1)));
  return testing::answer_count_of(client.receive_message().value());
}

TEST(Server, AnswersOverUdpAndTcpAtEveryAddress) {
  const common::Published<Zone> zone(testing::make_zone(3));
  const auto server = start(options_for({"127.0.0.1:0", "127.0.0.2:0", "[::1]:0"}), zone);
  ASSERT_EQ(server->addresses().size(), 3U);
  for (const common::SocketAddress& address : server->addresses()) {
    EXPECT_EQ(addresses_over_udp(address), 3) << address.to_string();
    EXPECT_EQ(addresses_over_tcp(address), 3) << address.to_string();
  }
}

TEST(Server, StartsOneWorkerPerCoreByDefault) {
  const common::Published<Zone> zone(testing::make_zone(1));
  const auto server = start(options_for({"127.0.0.1:0"}, 0), zone);
  EXPECT_EQ(addresses_over_udp(server->addresses().front()), 1);
}

TEST(Server, AnswersFromTheAddressThatWasAsked) {
  const common::Published<Zone> zone(testing::make_zone(1));
  const auto server = start(options_for({"0.0.0.0:0", "[::]:0"}), zone);
  const std::uint16_t port = server->addresses()[0].port;
  for (const char* address : {"127.0.0.1", "127.1.2.3"}) {
    // A connected client takes answers from this address only.
    EXPECT_EQ(addresses_over_udp({common::IpAddress::parse(address).value(), port}), 1) << address;
  }
  EXPECT_EQ(
      addresses_over_udp({common::IpAddress::parse("::1").value(), server->addresses()[1].port}),
      1);
}

TEST(Server, ServesTheNewestZone) {
  common::Published<Zone> zone(testing::make_zone(1));
  const auto server = start(options_for({"127.0.0.1:0"}), zone);
  const common::SocketAddress address = server->addresses().front();
  for (std::uint32_t members = 1; members < 20; ++members) {
    zone.publish(testing::make_zone(members, members));
    EXPECT_EQ(addresses_over_udp(address), members);
    EXPECT_EQ(addresses_over_tcp(address), members);
  }
}

TEST(Server, ServesWhileZonesChange) {
  common::Published<Zone> zone(testing::make_zone(5));
  const auto server = start(options_for({"127.0.0.1:0"}), zone);
  std::atomic<bool> done = false;
  std::thread publisher([&zone, &done] {
    for (std::uint64_t generation = 2; !done; ++generation) {
      zone.publish(testing::make_zone(5, generation));
    }
  });
  UdpClient udp(server->addresses().front());
  TcpClient tcp(server->addresses().front());
  for (std::uint16_t id = 0; id < 500; ++id) {
    udp.send(testing::make_query(id));
    EXPECT_EQ(testing::answer_count_of(udp.receive().value()), 5);
    tcp.send(testing::framed(testing::make_query(id)));
    EXPECT_EQ(testing::answer_count_of(tcp.receive_message().value()), 5);
  }
  done = true;
  publisher.join();
}

TEST(Server, AnswersUdpWhileTcpIsBusy) {
  const common::Published<Zone> zone(testing::make_zone(2000));
  const auto server = start(options_for({"127.0.0.1:0"}, 1), zone);
  TcpClient flood(server->addresses().front());
  std::thread asker([&flood] {
    for (std::uint16_t id = 0; id < 1000; ++id)
      flood.send(testing::framed(testing::make_query(id)));
  });
  std::thread reader([&flood] {
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(flood.receive_message());
  });
  for (int i = 0; i < 50; ++i) EXPECT_GT(addresses_over_udp(server->addresses().front()), 0);
  asker.join();
  reader.join();
}

TEST(Server, EndsConnectionsWithItself) {
  const common::Published<Zone> zone(testing::make_zone(1));
  auto server = start(options_for({"127.0.0.1:0"}), zone);
  TcpClient client(server->addresses().front());
  client.send(testing::framed(testing::make_query(1)));
  ASSERT_TRUE(client.receive_message());
  server.reset();
  EXPECT_TRUE(client.closed_by_server());
}

TEST(Server, FreesItsPortAtTheEnd) {
  const common::Published<Zone> zone(testing::make_zone(1));
  auto first = start(options_for({"127.0.0.1:0"}), zone);
  const std::string address = first->addresses().front().to_string();
  EXPECT_EQ(addresses_over_tcp(first->addresses().front()), 1);
  first.reset();
  EXPECT_TRUE(Server::start(options_for({address}), zone));
}

TEST(Server, SaysWhatToDoWhenAnAddressIsTaken) {
  const common::Published<Zone> zone(testing::make_zone(1));
  const auto first = start(options_for({"127.0.0.1:0"}), zone);
  const std::string address = first->addresses().front().to_string();
  const auto second = Server::start(options_for({"127.0.0.1:0", address}), zone);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message,
            "cannot listen on " + address + " (UDP): address already in use; change dns.listen");
}

std::string error_with_secret(const std::string& text) {
  const std::string path = ::testing::TempDir() + "cookie_secret";
  std::ofstream(path) << text;
  config::Dns options = options_for({"127.0.0.1:0"});
  options.cookies = true;
  options.cookie_secret_file = path;
  const common::Published<Zone> zone(testing::make_zone(1));
  const auto server = Server::start(options, zone);
  return server ? "" : server.error().message;
}

TEST(Server, SaysWhatASecretFileHolds) {
  const std::string key = "e5e973e5a6b2a43f48e7dc849e37bfcf";
  EXPECT_EQ(error_with_secret(key), "");
  EXPECT_EQ(error_with_secret(key + "\n" + key + "\n"), "");
  const std::string expected = "one or two lines of 32 hexadecimal digits";
  EXPECT_THAT(error_with_secret(key + "\n" + key + "\n" + key), HasSubstr(expected));
  EXPECT_THAT(error_with_secret("secret"), HasSubstr(expected));
  EXPECT_THAT(error_with_secret("x" + key.substr(1)), HasSubstr(expected));
  EXPECT_THAT(error_with_secret(""), HasSubstr("it is empty"));
  config::Dns options = options_for({"127.0.0.1:0"});
  options.cookies = true;
  options.cookie_secret_file = "/nowhere/secret";
  const common::Published<Zone> zone(testing::make_zone(1));
  EXPECT_EQ(Server::start(options, zone).error().message,
            "dns.cookie_secret_file '/nowhere/secret' cannot be used: it cannot be read");
}

bool low_ports_are_free_for_all() {
  int first_unprivileged = 1024;
  std::ifstream("/proc/sys/net/ipv4/ip_unprivileged_port_start") >> first_unprivileged;
  return first_unprivileged <= 53;
}

TEST(Server, SaysWhatToGrantForALowPort) {
  if (low_ports_are_free_for_all()) GTEST_SKIP() << "port 53 needs no privilege here";
  const common::Published<Zone> zone(testing::make_zone(1));
  std::string message;
  // The system call, unlike the function of the C library, changes this one thread only.
  std::thread([&] {
    syscall(SYS_setresuid, -1, 65534, -1);
    const auto server = Server::start(options_for({"127.0.0.1:53"}), zone);
    if (!server) message = server.error().message;
  }).join();
  EXPECT_EQ(message,
            "cannot listen on 127.0.0.1:53 (UDP): permission denied; change dns.listen, or grant "
            "CAP_NET_BIND_SERVICE");
}

TEST(Server, CountsWhatItDoes) {
  const common::Published<Zone> zone(testing::make_zone(100, 42));
  const auto server = start(options_for({"127.0.0.1:0"}), zone);
  const common::SocketAddress address = server->addresses().front();
  UdpClient udp(address);
  udp.send(testing::make_query(1));
  ASSERT_TRUE(udp.receive());
  udp.send(testing::make_query(2, "none.mesos"));
  ASSERT_TRUE(udp.receive());
  TcpClient tcp(address);
  tcp.send(testing::framed(testing::make_query(3)));
  ASSERT_TRUE(tcp.receive_message());

  common::MetricsPage page;
  server->describe(page);
  const std::string text = page.text();
  EXPECT_THAT(text, HasSubstr("signpost_dnsd_queries_total{transport=\"udp\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("signpost_dnsd_queries_total{transport=\"tcp\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_dnsd_responses_total{rcode=\"NOERROR\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("signpost_dnsd_responses_total{rcode=\"NXDOMAIN\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_dnsd_truncated_total 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_dnsd_dropped_total{reason=\"receive_buffer\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("signpost_dnsd_tcp_connections 1\n"));
  EXPECT_THAT(text, HasSubstr("signpost_dnsd_zone_serial 42\n"));
}

}  // namespace
}  // namespace dnsd
