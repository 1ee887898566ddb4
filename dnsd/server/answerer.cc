#include "dnsd/server/answerer.h"

#include <random>

namespace dnsd {

Answerer::Answerer(const common::Published<Zone>& zone,
                   std::uint16_t udp_payload,
                   Counters& counters)
    : zone_(zone),
      udp_payload_(udp_payload),
      rotation_(std::uint64_t{std::random_device{}()} << 32),
      counters_(counters) {}

std::size_t Answerer::answer(std::span<const std::uint8_t> request,
                             Transport transport,
                             std::span<std::uint8_t> out) {
  counters_.queries[static_cast<std::size_t>(transport)].add();
  const Response response = respond(
      request,
      zone_.get(),
      {.transport = transport, .udp_payload = udp_payload_, .style = {.rotation = next_rotation()}},
      out);
  if (response.size == 0) {
    counters_.drop(Drop::Ignored);
  } else {
    counters_.responded(response);
  }
  return response.size;
}

}  // namespace dnsd
