#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "common/event.h"
#include "common/ip.h"
#include "common/published.h"
#include "common/unique_fd.h"
#include "dnsd/transfer/signature.h"
#include "dnsd/wire/header.h"
#include "dnsd/zone/zone.h"

namespace dnsd {

/// The NOTIFY (RFC 1996) that tells a secondary a zone's serial.
std::vector<std::uint8_t> make_notify(std::uint16_t id, const Zone& zone, const Zone::Apex& apex);

/// Tells secondaries that zones have changed, on a thread of its own: looks at the newest snapshot
/// five times a second, so a storm of changes is told of once, and tells again after 1, 2, 4 ... 32
/// s, and then each 32 s, while nobody acknowledges. Signs with the first key that the secondary
/// does not refuse, in their order; who refuses all is told without a signature.
class Notifier {
 public:
  /// `zones` and `keys` outlive this. Without secondaries there is no thread.
  Notifier(const common::Published<Zone>& zones,
           const common::Published<TsigKeys>& keys,
           std::vector<common::SocketAddress> secondaries);
  ~Notifier();
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

 private:
  using Clock = std::chrono::steady_clock;

  /// What one secondary knows of one of our zones.
  struct Word {
    std::size_t secondary;
    std::size_t apex;
    std::uint32_t serial = 0;  // Last told.
    std::uint16_t id = 0;      // Of the message that told it.
    int tries = 0;             // Of telling it; 0: it is acknowledged.
    Clock::time_point next{};  // Try.
    std::size_t refused = 0;   // So many of the keys.
  };

  void run();
  void tick(short what);
  void take_acknowledgements();
  void take(const Header& reply, Word& word);
  void tell(Word& word, const Zone& zone);
  void send(Word& word, const Zone& zone);
  void use_newest_keys();

  const common::Published<Zone>& zones_;
  const common::Published<TsigKeys>& keys_source_;
  std::shared_ptr<const TsigKeys> keys_;
  std::vector<common::SocketAddress> secondaries_;
  std::vector<common::UniqueFd> sockets_;  // One per secondary, connected.
  std::vector<Word> words_;
  std::unique_ptr<common::EventLoop> loop_;
  common::EventPtr timer_;
  std::thread thread_;
};

}  // namespace dnsd
