#include "minimarathon/event_bus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include "../http/loop.h"

namespace minimarathon {
namespace {

using http::RawPeer;
using std::chrono::milliseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

/// An event bus behind a server, and raw clients of it.
class EventBusTest : public testing::Test {
 protected:
  void serve(milliseconds heartbeat = std::chrono::hours(1), std::size_t buffer = 1024) {
    bus_.emplace(io_, EventBus::Options{heartbeat, buffer, leader_});
    server_.emplace(io_, [this](const http::Request& request, const auto& responder) {
      bus_->attach(request, *responder);
    });
    port_ = *server_->listen(http::kAnyPort);
  }

  RawPeer attach(const std::string& query = "", const std::string& accept = "text/event-stream") {
    RawPeer peer = RawPeer::connect(io_, port_);
    peer.say("GET /v2/events" + query + " HTTP/1.1\r\nHost: h\r\nAccept: " + accept + "\r\n\r\n");
    return peer;
  }
  void wait_for(RawPeer& peer, const std::string& text) {
    http::run_until(io_, [&] { return peer.heard().find(text) != std::string::npos; });
  }
  static std::string body(RawPeer& peer) {
    return peer.heard().substr(peer.heard().find("\r\n\r\n") + 4);
  }

  boost::asio::io_context io_;
  std::string leader_ = "127.0.0.1:8080";
  std::optional<EventBus> bus_;
  std::optional<http::Server> server_;
  std::uint16_t port_ = 0;
};

TEST_F(EventBusTest, WritesEventsByteForByteAsMarathon) {
  serve();
  RawPeer peer = attach();
  wait_for(peer, "event_stream_attached");
  bus_->publish("group_change_success", {{"groupId", "/a"}, {"cpus", 0.1}});
  wait_for(peer, "group_change_success");
  http::settle(io_);
  const std::string time = R"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)";
  EXPECT_THAT(
      body(peer),
      MatchesRegex("event: event_stream_attached\r\n"
                   R"(data: \{"remoteAddress":"127\.0\.0\.1","eventType":"event_stream_attached",)"
                   R"("timestamp":")" +
                   time +
                   "\"\\}\r\n\r\n"
                   "event: group_change_success\r\n"
                   R"(data: \{"groupId":"/a","cpus":0\.1,"eventType":"group_change_success",)"
                   R"("timestamp":")" +
                   time + "\"\\}\r\n\r\n"));
}

TEST_F(EventBusTest, SendsTheHeadOfAnEndlessAnswer) {
  serve();
  RawPeer peer = attach();
  wait_for(peer, "event_stream_attached");
  EXPECT_THAT(peer.heard(), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(peer.heard(), HasSubstr("Content-Type: text/event-stream;charset=utf-8\r\n"));
  EXPECT_THAT(peer.heard(), HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(peer.heard(), HasSubstr("X-Marathon-Leader: http://127.0.0.1:8080\r\n"));
  EXPECT_THAT(peer.heard(), Not(HasSubstr("Content-Length")));
  EXPECT_THAT(peer.heard(), Not(HasSubstr("Transfer-Encoding")));
}

TEST_F(EventBusTest, BeatsWithEmptyLinesBetweenEvents) {
  serve(milliseconds(1));
  RawPeer peer = attach();
  wait_for(peer, "\"}\r\n\r\n\r\n\r\n");  // The end of an event and two beats.
}

TEST_F(EventBusTest, RefusesWhoDoesNotAskForEventsAlone) {
  serve();
  for (const char* accept : {"*/*", "text/event-stream, text/plain", "text/event-stream;q=1"}) {
    RawPeer peer = attach("", accept);
    http::run_until(io_, [&] { return peer.heard().find("</html>") != std::string::npos; });
    EXPECT_THAT(peer.heard(), StartsWith("HTTP/1.1 405 ")) << accept;
  }
}

TEST_F(EventBusTest, FiltersByExactName) {
  serve();
  RawPeer peer = attach("?event_type=b_event&event_type=unheard_of");
  RawPeer all = attach();
  wait_for(all, "event_stream_attached");
  bus_->publish("a_event", {});
  bus_->publish("b_event", {});
  wait_for(peer, "b_event");
  EXPECT_THAT(body(peer), StartsWith("event: b_event\r\n"));
}

TEST_F(EventBusTest, TellsTheOthersWhoCameAndWhoLeft) {
  serve();
  RawPeer stays = attach();
  wait_for(stays, "event_stream_attached");
  {
    RawPeer leaves = attach();
    wait_for(leaves, "event_stream_attached");
  }
  wait_for(stays, "event: event_stream_detached\r\n");
}

TEST_F(EventBusTest, ClosesAConsumerThatLagsBehindAndNoOther) {
  serve(std::chrono::hours(1), 8);
  RawPeer slow = attach("?event_type=event_stream_attached&event_type=big_event");
  wait_for(slow, "event_stream_attached");
  RawPeer quick = attach("?event_type=event_stream_attached&event_type=event_stream_detached");
  wait_for(quick, "event_stream_attached");
  const std::string megabyte(1 << 20, 'x');
  bool told = false;
  while (!told) {
    bus_->publish("big_event", {{"filler", megabyte}});
    http::settle(io_);
    told = quick.heard().find("event_stream_detached") != std::string::npos;
  }
  http::run_until(io_, [&] { return slow.ended(); });
  EXPECT_FALSE(quick.ended());
}

}  // namespace
}  // namespace minimarathon
