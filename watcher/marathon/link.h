#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "http/message.h"
#include "watcher/follow/dialer.h"
#include "watcher/marathon/model.h"

namespace watcher::marathon {

/// The life of the event stream: where it is, whether Marathon has subscribed us, whether it still
/// speaks. Pure. Whoever gets an Error from it drops the stream and calls lost().
class Link {
 public:
  struct Patience {
    std::chrono::milliseconds attach;   // From the head of the stream to event_stream_attached.
    std::chrono::milliseconds silence;  // Without a byte; heartbeats come every 10 s.
  };
  Link(std::vector<http::Url> seeds, std::uint64_t seed, Patience patience);

  /// Turns to the next seed. True: ask it who leads and tell on_leader(); else open events().
  bool dial();
  /// The leader a seed names, as "host:port"; empty when it names none.
  void on_leader(std::string_view authority);
  /// Where to open the stream.
  http::Url events() const;
  /// Judges the head of what was opened. A URL: it is a redirect, open that instead.
  common::Expected<std::optional<http::Url>> on_head(const http::Response& head, TimePoint now);
  void on_bytes(TimePoint now);
  /// event_stream_attached arrived; true when that makes us attached.
  bool on_attached();
  /// Plans the next dial() and returns how long it is to it.
  std::chrono::milliseconds lost(TimePoint now);
  /// The stream has proved good: the next wait after lost() is short again.
  void proved();

  enum class Step : std::uint8_t {
    None,
    Dial,
    Attached,  // Nobody said so, but Marathon speaks: old servers, or a filter that lost it.
  };
  /// What the time asks for. Errors: Timeout when the stream is dead.
  common::Expected<Step> tick(TimePoint now);
  TimePoint next_tick() const;

  bool is_open() const { return phase_ >= Phase::Attaching; }
  bool is_attached() const { return phase_ == Phase::Attached; }
  std::chrono::nanoseconds age(TimePoint now) const { return now - opened_; }
  /// A resource of the Marathon that serves, or is to serve, the stream.
  http::Url url(std::string_view path) const;
  /// It is a seed, or a chain of peers from a seed on names it the leader.
  bool is_trusted() const { return trusted_; }
  std::string leader() const { return leader_.scheme + "://" + leader_.authority(); }
  std::chrono::milliseconds spread(std::chrono::milliseconds p) { return dialer_.spread(p); }

 private:
  enum class Phase : std::uint8_t { Waiting, Asking, Opening, Attaching, Attached };

  common::Expected<http::Url> follow(const http::Response& head);

  Dialer dialer_;
  Patience patience_;
  Phase phase_ = Phase::Waiting;
  http::Url leader_;  // Its target is what stands before /v2 in every path.
  bool trusted_ = true;
  bool direct_ = false;    // Went to the address that leader_ is said to have.
  bool go_direct_ = true;  // Whether to: until it fails, and again after the seed itself did.
  TimePoint opened_;
  TimePoint last_byte_;
  bool spoke_ = false;  // A byte came after the head.
  TimePoint deadline_;  // Of Waiting and Attaching.
};

}  // namespace watcher::marathon
