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
#include "watcher/mesos/model.h"

namespace watcher::mesos {

/// Where the leading master is, and whether it still speaks. Pure. It is found by asking any master
/// that is configured, or told by led_by().
class Link {
 public:
  /// seeds    may be empty: then the first led_by() starts everything
  /// silence  without a byte, after which a stream is dead
  Link(std::vector<http::Url> seeds, std::uint64_t seed, std::chrono::milliseconds silence);

  /// That master leads, says who watches the election: from now on only it is dialled. True when
  /// that is news, or it is not being talked to: who holds a stream drops it and calls redial().
  bool led_by(const http::Url& leader);

  /// The next master to ask; url() leads there from now on.
  void dial();
  /// The master answered that another one leads. Errors: InvalidInput when its Location leads
  /// nowhere, or is the fourth in a row.
  common::Expected<void> redirect(std::string_view location, std::string_view asked_path);

  void opened(TimePoint now);
  void on_bytes(TimePoint now) { last_byte_ = now; }
  /// The master sends no heartbeats, so silence means nothing.
  void trust_silence() { silence_means_death_ = false; }
  void proved() { dialer_->succeeded(); }  // The next wait after lost() is short again.
  /// Plans the next dial() and returns how long it is to it.
  std::chrono::milliseconds lost(TimePoint now);
  void redial(TimePoint now);  // Plans it at once.

  enum class Step : std::uint8_t { None, Dial };
  /// What the time asks for. Errors: Timeout when the stream is dead.
  common::Expected<Step> tick(TimePoint now);
  TimePoint next_tick() const;

  /// A resource of the master that leads, as far as is known.
  http::Url url(std::string_view path) const;
  std::string leader() const;  // For logs.
  /// That master, by what we call it.
  MasterFacts master() const;
  std::chrono::milliseconds spread(std::chrono::milliseconds p) { return dialer_->spread(p); }

 private:
  enum class Phase : std::uint8_t { Waiting, Opening, Open };

  std::uint64_t seed_;
  std::optional<Dialer> dialer_;      // Empty while there is nobody to dial.
  std::optional<http::Url> elected_;  // By the last led_by(); a redirect may name it otherwise.
  std::chrono::milliseconds silence_;
  Phase phase_ = Phase::Waiting;
  http::Url leader_;  // Its target is what stands before /api/v1 and /state in every path.
  TimePoint last_byte_;
  bool silence_means_death_ = true;
  TimePoint deadline_;  // Of Waiting.
};

/// The address and port in a URL.
MasterFacts master_at(const http::Url& url);

}  // namespace watcher::mesos
