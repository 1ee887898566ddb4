#include "signpost/lookup.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <sys/select.h>

#include <memory>
#include <utility>

namespace signpost {
namespace {

using common::ErrorCode;
using common::Expected;

struct ChannelDeleter {
  void operator()(ares_channeldata* channel) const { ares_destroy(channel); }
};
using Channel = std::unique_ptr<ares_channeldata, ChannelDeleter>;

struct Answer {
  int status = ARES_ECANCELLED;
  std::vector<unsigned char> message;
};

/// How long is waited, and how often asked; each time twice as long.
struct Patience {
  int timeout_ms = 1000;
  int tries = 5;
};

Channel open_channel(const common::SocketAddress& server, Patience patience, int flags = 0) {
  ares_options options{};
  options.timeout = patience.timeout_ms;
  options.tries = patience.tries;
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | flags;
  ares_channel channel = nullptr;
  ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_FLAGS);
  ares_set_servers_ports_csv(channel, server.to_string().c_str());
  return Channel(channel);
}

void wait(ares_channeldata* channel) {
  for (;;) {
    fd_set readable;
    fd_set writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    const int count = ares_fds(channel, &readable, &writable);
    if (count == 0) return;
    timeval longest{1, 0};
    timeval* timeout = ares_timeout(channel, &longest, &longest);
    select(count, &readable, &writable, nullptr, timeout);
    ares_process(channel, &readable, &writable);
  }
}

void keep(void* argument, int status, int, unsigned char* message, int length) {
  auto& kept = *static_cast<Answer*>(argument);
  kept.status = status;
  if (message) kept.message.assign(message, message + length);
}

Expected<std::vector<unsigned char>> query(const common::SocketAddress& server,
                                           const std::string& name,
                                           int type) {
  const Channel channel = open_channel(server, {});
  Answer answer;
  ares_query(channel.get(), name.c_str(), ns_c_in, type, keep, &answer);
  wait(channel.get());
  if (answer.status == ARES_SUCCESS) return std::move(answer.message);
  const bool missing = answer.status == ARES_ENOTFOUND || answer.status == ARES_ENODATA;
  return common::fail(missing ? ErrorCode::NotFound : ErrorCode::Unavailable,
                      name + " at " + server.to_string() + ": " + ares_strerror(answer.status));
}

}  // namespace

Expected<std::vector<common::IpAddress>> lookup_a(const common::SocketAddress& server,
                                                  const std::string& name) {
  const auto message = query(server, name, ns_t_a);
  if (!message) return tl::unexpected(message.error());
  std::vector<ares_addrttl> found(256);
  int count = static_cast<int>(found.size());
  const int status = ares_parse_a_reply(
      message->data(), static_cast<int>(message->size()), nullptr, found.data(), &count);
  if (status != ARES_SUCCESS) return common::fail(ErrorCode::Unavailable, ares_strerror(status));
  std::vector<common::IpAddress> addresses;
  for (int i = 0; i < count; ++i) {
    addresses.push_back(
        common::IpAddress::v4(ntohl(found[static_cast<std::size_t>(i)].ipaddr.s_addr)));
  }
  return addresses;
}

Expected<std::vector<SrvTarget>> lookup_srv(const common::SocketAddress& server,
                                            const std::string& name) {
  const auto message = query(server, name, ns_t_srv);
  if (!message) return tl::unexpected(message.error());
  ares_srv_reply* first = nullptr;
  const int status =
      ares_parse_srv_reply(message->data(), static_cast<int>(message->size()), &first);
  if (status != ARES_SUCCESS) return common::fail(ErrorCode::Unavailable, ares_strerror(status));
  std::vector<SrvTarget> targets;
  for (const ares_srv_reply* srv = first; srv; srv = srv->next)
    targets.push_back({srv->host, srv->port});
  ares_free_data(first);
  return targets;
}

Expected<std::vector<std::uint8_t>> exchange(const common::SocketAddress& server,
                                             const std::vector<std::uint8_t>& query) {
  const Channel channel =
      open_channel(server, {.timeout_ms = 2000, .tries = 2}, ARES_FLAG_NOCHECKRESP);
  Answer answer;
  ares_send(channel.get(), query.data(), static_cast<int>(query.size()), keep, &answer);
  wait(channel.get());
  if (answer.status == ARES_SUCCESS) return std::move(answer.message);
  return common::fail(ErrorCode::Unavailable,
                      server.to_string() + " does not answer: " + ares_strerror(answer.status) +
                          "; name another server with --dns");
}

}  // namespace signpost
