// Any octets are answered as the RFCs say or met with silence: a reply repeats the id, is a reply,
// fits, and is never made to a reply.
#include <array>
#include <cstring>
#include <vector>

#include "dnsd/query/look_up.h"
#include "dnsd/query/respond.h"
#include "dnsd/zone/zone_builder.h"
#include "tests/fuzz/fuzz.h"

namespace {

watcher::TaskPtr make_task(int instance) {
  watcher::Task task;
  task.key = {"marathon", "web." + std::to_string(instance)};
  task.name = "web";
  task.app = "/web";
  task.framework = "marathon";
  task.agent_id = "S" + std::to_string(instance);
  task.agent_addresses = {
      common::IpAddress::v4(0x0a000001U + static_cast<std::uint32_t>(instance))};
  task.state = watcher::TaskState::Running;
  for (const std::uint16_t port : {std::uint16_t{31000}, std::uint16_t{31001}}) {
    watcher::TaskPort offered;
    offered.name = "http";
    offered.port = static_cast<std::uint16_t>(port + instance);
    task.ports.push_back(offered);
    task.host_ports.push_back(offered.port);
  }
  return std::make_shared<const watcher::Task>(std::move(task));
}

/// Small names, and one whose answers do not fit into a datagram.
std::shared_ptr<const dnsd::Zone> make_zone() {
  watcher::Change change;
  change.generation = 1;
  change.synced = true;
  for (int instance = 0; instance < 100; ++instance) {
    change.tasks.push_back({nullptr, make_task(instance)});
  }
  return dnsd::ZoneBuilder({}).apply(change);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto zone = make_zone();
  static std::vector<std::uint8_t> out(65535);
  if (size == 0) return 0;
  dnsd::RespondOptions options;
  options.transport = (data[0] & 1) != 0 ? dnsd::Transport::Tcp : dnsd::Transport::Udp;
  options.style.rotation = data[0];
  const std::span<const std::uint8_t> request(data + 1, size - 1);
  static std::vector<std::uint8_t> alone(65535);
  dnsd::LookUp look_up;
  dnsd::Query query(request);
  const auto lone = dnsd::respond(query, *zone, options, alone);
  look_up.find({&query, 1}, *zone);
  const auto reply = dnsd::respond(query, *zone, options, out);
  fuzz::expect(reply.size == lone.size, "looked up before or not, the reply has one size");
  fuzz::expect(std::memcmp(out.data(), alone.data(), reply.size) == 0, "and is the same");
  const std::size_t limit = options.transport == dnsd::Transport::Tcp ? out.size() : 1232;
  fuzz::expect(reply.size <= limit, "a reply fits");
  if (reply.size == 0) return 0;
  fuzz::expect(reply.size >= 12 && request.size() >= 12, "header against header");
  fuzz::expect((request[2] & 0x80) == 0, "no reply to a reply");
  fuzz::expect(out[0] == request[0] && out[1] == request[1], "the id is repeated");
  fuzz::expect((out[2] & 0x80) != 0, "it is a reply");
  return 0;
}
