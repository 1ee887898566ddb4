#include "watcher/probe/prober.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <deque>
#include <functional>

#include "common/metrics.h"

namespace watcher {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using ::testing::HasSubstr;

/// A listener on loopback that never accepts: the kernel completes its connections.
class Listener {
 public:
  explicit Listener(boost::asio::io_context& io, int backlog = 128) : acceptor_(io, tcp::v4()) {
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor_.listen(backlog);
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }
  void close() { acceptor_.close(); }
  tcp::socket accept() { return acceptor_.accept(); }

 private:
  tcp::acceptor acceptor_;
};

class ProberTest : public ::testing::Test {
 protected:
  config::Probe options() const {
    config::Probe options;
    options.enabled = true;
    options.interval = options.closer_look = 10ms;
    options.timeout = 5000ms;
    options.rise = options.fall = 1;
    options.parallel = 256;
    options.parallel_commands = 8;
    return options;
  }

  std::unique_ptr<Prober> start(const config::Probe& options) {
    return std::make_unique<Prober>(io, options, [this](Batch batch) {
      EXPECT_FALSE(applying);
      EXPECT_FALSE(batch.updates.empty());
      for (const Update& update : batch.updates) {
        const auto& probed = std::get<Probed>(update);
        verdicts[probed.port].push_back(probed.health);
      }
      ++batches;
    });
  }

  static VipPtr vip(const std::vector<std::uint16_t>& ports) {
    Vip vip;
    vip.id = {.name = "web.marathon", .address = {}, .port = 80};
    for (const std::uint16_t port : ports) {
      vip.backends.push_back({{common::IpAddress::v4(0x7f000001), port},
                              BackendState::Failing,
                              {"marathon", "web." + std::to_string(port)},
                              "/web",
                              3s});
    }
    std::sort(vip.backends.begin(), vip.backends.end());
    return std::make_shared<const Vip>(std::move(vip));
  }

  void apply(Prober& prober, VipPtr before, VipPtr after) {
    Change change;
    change.vips.push_back({std::move(before), std::move(after)});
    applying = true;
    prober.apply(change);
    applying = false;
  }

  /// Runs the loop until `condition` holds; gives up long after it should.
  void run_until(const std::function<bool()>& condition) {
    while (!condition()) {
      ASSERT_GT(io.run_one_for(30s), 0U) << "nothing happens any more";
      io.restart();
    }
  }

  Health last(std::uint16_t port) {
    return verdicts[port].empty() ? Health::None : verdicts[port].back();
  }

  boost::asio::io_context io;
  std::map<std::uint16_t, std::vector<Health>> verdicts;
  int batches = 0;
  bool applying = false;
};

TEST_F(ProberTest, TellsAListenerFromAClosedPort) {
  Listener open(io);
  // Bound but not listening: refuses, and nobody else can get the port.
  const tcp::socket holder(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
  const std::uint16_t closed_port = holder.local_endpoint().port();
  const auto prober = start(options());
  apply(*prober, nullptr, vip({open.port(), closed_port}));
  run_until([&] { return verdicts.size() == 2; });
  EXPECT_EQ(last(open.port()), Health::Passing);
  EXPECT_EQ(last(closed_port), Health::Failing);
}

TEST_F(ProberTest, NoticesThatABackendDies) {
  Listener listener(io);
  const std::uint16_t port = listener.port();
  const auto prober = start(options());
  apply(*prober, nullptr, vip({port}));
  run_until([&] { return last(port) == Health::Passing; });
  listener.close();
  run_until([&] { return last(port) == Health::Failing; });
  EXPECT_EQ(verdicts[port].size(), 2U);
}

TEST_F(ProberTest, GivesUpOnABackendThatDoesNotAnswer) {
  Listener listener(io, 0);
  std::deque<tcp::socket> queue;  // Fills the accept queue; from then on SYNs are dropped.
  for (int i = 0; i < 4; ++i) {
    queue.emplace_back(io).async_connect(listener.endpoint(), [](boost::system::error_code) {});
  }
  config::Probe impatient = options();
  impatient.timeout = 20ms;
  const auto prober = start(impatient);
  apply(*prober, nullptr, vip({listener.port()}));
  run_until([&] { return last(listener.port()) == Health::Failing; });
}

TEST_F(ProberTest, LeavesNoConnectionBehind) {
  Listener listener(io);
  const auto prober = start(options());
  apply(*prober, nullptr, vip({listener.port()}));
  run_until([&] { return last(listener.port()) == Health::Passing; });
  tcp::socket accepted = listener.accept();
  char octet = 0;
  boost::system::error_code error;
  accepted.read_some(boost::asio::buffer(&octet, 1), error);
  EXPECT_EQ(error, boost::asio::error::connection_reset);  // No TIME_WAIT on either side.
}

TEST_F(ProberTest, TellsResultsOfOneTurnTogether) {
  std::deque<Listener> listeners;
  std::vector<std::uint16_t> ports;
  for (int i = 0; i < 100; ++i) ports.push_back(listeners.emplace_back(io).port());
  const auto prober = start(options());
  apply(*prober, nullptr, vip(ports));
  run_until([&] { return verdicts.size() == ports.size(); });
  EXPECT_LT(batches, 100);
}

TEST_F(ProberTest, StopsWhenTheBackendLeaves) {
  Listener listener(io);
  const auto prober = start(options());
  apply(*prober, nullptr, vip({listener.port()}));
  run_until([&] { return last(listener.port()) == Health::Passing; });
  apply(*prober, vip({listener.port()}), nullptr);
  io.run();  // Returns when nothing is left to do.
  EXPECT_EQ(verdicts[listener.port()].size(), 1U);
}

TEST_F(ProberTest, IsSilentAfterItsEnd) {
  Listener listener(io);
  auto prober = start(options());
  apply(*prober, nullptr, vip({listener.port()}));
  prober.reset();
  io.run();
  EXPECT_EQ(batches, 0);
}

TEST_F(ProberTest, DoesNothingWhenSwitchedOff) {
  Listener listener(io);
  config::Probe off = options();
  off.enabled = false;
  const auto prober = start(off);
  apply(*prober, nullptr, vip({listener.port()}));
  EXPECT_EQ(io.run(), 0U);
}

TEST_F(ProberTest, CountsWhatItDid) {
  Listener listener(io);
  config::Probe once = options();
  once.interval = 1h;
  const auto prober = start(once);
  apply(*prober, nullptr, vip({listener.port()}));
  run_until([&] { return last(listener.port()) == Health::Passing; });
  common::MetricsPage page;
  prober->describe(page);
  EXPECT_THAT(page.text(), HasSubstr("signpost_watcher_probes_total{result=\"passed\"} 1\n"));
  EXPECT_THAT(page.text(), HasSubstr("signpost_watcher_probed_endpoints 1\n"));
}

}  // namespace
}  // namespace watcher
