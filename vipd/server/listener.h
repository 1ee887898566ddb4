#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include "common/ip.h"
#include "common/mutex.h"
#include "common/result.h"
#include "common/unique_fd.h"
#include "watcher/vips/vip.h"

namespace vipd {

class Listener;

/// The addresses that the workers of one server listen at. Each worker has a socket of its own
/// there (SO_REUSEPORT), and the kernel lets every process of the same user add one, to which it
/// gives a part of the clients without a word. So the first socket is bound alone, which fails
/// where anybody else is, and only then shared. Any thread; the lock is held while a socket is
/// bound. It outlives its listeners.
class SharedAddresses {
 private:
  struct Place {
    watcher::Protocol protocol;
    std::uint16_t port;
    common::IpAddress ip;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Leave {
    Place place;
    void operator()(SharedAddresses* addresses) const { addresses->leave(place); }
  };

 public:
  /// While it lives the address is one of ours.
  using Share = std::unique_ptr<SharedAddresses, Leave>;

  /// `others`: where other parts of Signpost listen. At the port of one that stands for all
  /// addresses of this host nothing can be bound alone, so VIPs there join whoever is there.
  explicit SharedAddresses(std::span<const common::SocketAddress> others = {});

  /// A socket of one worker. Errors name the reason and what to do about it.
  common::Expected<Listener> open(const common::SocketAddress& address, watcher::Protocol protocol);
  /// The same of a socket that listens already.
  Listener adopt(const common::SocketAddress& address,
                 watcher::Protocol protocol,
                 common::UniqueFd socket);
  Share hold(const common::SocketAddress& address, watcher::Protocol protocol);

 private:
  using Shares = std::map<Place, std::size_t>;

  static bool is_ours(const Shares& shares, const Place& place);
  void leave(const Place& place);

  common::Mutex mutex_;
  Shares shares_ GUARDED_BY(mutex_);  // How many of each; never 0.
};

/// A socket that clients of a VIP come to; none by default.
class Listener {
 public:
  Listener() = default;
  Listener(SharedAddresses::Share share, common::UniqueFd socket)
      : share_(std::move(share)), socket_(std::move(socket)) {}

  int get() const { return socket_.get(); }
  explicit operator bool() const { return static_cast<bool>(socket_); }
  /// Whoever finds that nobody of us is there must find the address free.
  void reset() {
    socket_.reset();
    share_.reset();
  }
  common::UniqueFd release() {
    share_.reset();
    return std::move(socket_);
  }

 private:
  SharedAddresses::Share share_;  // Outlives the socket.
  common::UniqueFd socket_;
};

}  // namespace vipd
