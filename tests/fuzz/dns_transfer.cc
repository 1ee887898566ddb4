// Any octets that ask for a zone or bear a signature are answered with well-formed messages, whose
// signatures fit, and never without end.
#include <array>
#include <vector>

#include "dnsd/transfer/transfer_server.h"
#include "dnsd/zone/zone_builder.h"
#include "tests/fuzz/fuzz.h"

namespace {

std::shared_ptr<const dnsd::Zone> make_zone() {
  watcher::Change change;
  change.generation = 7;
  change.synced = true;
  for (int instance = 0; instance < 100; ++instance) {
    watcher::Task task;
    task.key = {"marathon", "web." + std::to_string(instance)};
    task.name = "web";
    task.framework = "marathon";
    task.agent_id = "S" + std::to_string(instance);
    task.agent_addresses = {
        common::IpAddress::v4(0x0a000001U + static_cast<std::uint32_t>(instance))};
    task.host_ports = {31000};
    task.state = watcher::TaskState::Running;
    change.tasks.push_back({nullptr, std::make_shared<const watcher::Task>(std::move(task))});
  }
  return dnsd::ZoneBuilder({}).apply(change);
}

dnsd::TransferPolicy make_policy() {
  dnsd::TransferPolicy policy;
  policy.clients = {common::IpPrefix::parse("0.0.0.0/0").value()};
  return policy;
}

void expect_message(std::span<const std::uint8_t> request, std::span<const std::uint8_t> reply) {
  fuzz::expect(reply.size() >= 12, "a header");
  fuzz::expect(reply[0] == request[0] && reply[1] == request[1], "the id is repeated");
  fuzz::expect((reply[2] & 0x80) != 0, "it is a reply");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const common::Published<dnsd::Zone> zones(make_zone());
  static const dnsd::TransferPolicy policy = make_policy();
  static const common::Published<dnsd::TsigKeys> none(std::make_shared<const dnsd::TsigKeys>());
  static const common::Published<dnsd::TsigKeys> one(
      std::make_shared<const dnsd::TsigKeys>(dnsd::parse_tsig_keys("key.mesos c2VjcmV0").value()));
  static dnsd::TransferServer servers[] = {{zones, none, policy}, {zones, one, policy}};
  static std::vector<std::uint8_t> out(65535);
  if (size == 0) return 0;
  const std::span<const std::uint8_t> request(data + 1, size - 1);
  dnsd::RespondOptions options;
  const bool is_tcp = (data[0] & 1) != 0;
  options.transport = is_tcp ? dnsd::Transport::Tcp : dnsd::Transport::Udp;
  const auto room = std::span(out).first(is_tcp ? out.size() : options.udp_payload);
  const dnsd::Query query(request);
  if (!dnsd::respond(query, *zones.current(), options, room).special) return 0;
  auto outcome = servers[data[0] >> 1 & 1].answer(query, options, room);
  expect_message(request, room.first(outcome.response.size));
  for (int messages = 0; outcome.transfer && !outcome.transfer->is_done(); ++messages) {
    fuzz::expect(messages < 100, "a transfer ends");
    expect_message(request, room.first(outcome.transfer->next(room, 0)));
  }
  return 0;
}
