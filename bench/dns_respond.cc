// What does one answer cost, sockets aside? respond() over 10 000 services of three tasks each, in
// batches as a busy server has them; every iteration asks for another name, so caches are as cold
// as its.
//
// dns_respond [--answers=N] [OPTIONS OF GOOGLE BENCHMARK]   With N, so many answers, as
// count.py wants it.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dnsd/query/look_up.h"
#include "dnsd/query/respond.h"
#include "dnsd/wire/opt.h"
#include "dnsd/wire/rdata.h"
#include "dnsd/zone/zone_builder.h"

namespace {

constexpr std::uint32_t kServices = 10'000;
constexpr std::uint32_t kTasksEach = 3;
constexpr std::size_t kBatch = 32;

std::string service_name(std::uint32_t service) { return "service-" + std::to_string(service); }

watcher::TaskPtr make_task(std::uint32_t service, std::uint32_t instance) {
  watcher::Task task;
  task.name = service_name(service);
  task.key = {"marathon", service_name(service) + "." + std::to_string(instance)};
  task.framework = "marathon";
  task.agent_id = "20170301-000000-S" + std::to_string((service + instance) % 500);
  task.host_ports = {static_cast<std::uint16_t>(31000 + instance)};
  task.agent_addresses = {common::IpAddress::v4(0x0a000000U + (service + instance) % 500)};
  task.addresses = {common::IpAddress::v4(0x0a800000U + service * kTasksEach + instance)};
  task.state = watcher::TaskState::Running;
  return std::make_shared<const watcher::Task>(std::move(task));
}

std::shared_ptr<const dnsd::Zone> make_zone() {
  watcher::Change change;
  change.generation = 1;
  change.synced = true;
  for (std::uint32_t service = 0; service < kServices; ++service) {
    for (std::uint32_t instance = 0; instance < kTasksEach; ++instance) {
      change.tasks.push_back({nullptr, make_task(service, instance)});
    }
  }
  return dnsd::ZoneBuilder({}).apply(change);
}

std::vector<std::uint8_t> make_query(const std::string& name, dnsd::RrType type) {
  std::string out;
  for (const int field : {7, 0x0100, 1, 0, 0, 1}) {
    dnsd::append_u16(out, static_cast<std::uint16_t>(field));
  }
  out += dnsd::Name::from_text(name).value().wire();
  dnsd::append_u16(out, static_cast<std::uint16_t>(type));
  dnsd::append_u16(out, static_cast<std::uint16_t>(dnsd::RrClass::In));
  const auto opt = dnsd::make_opt(1232, dnsd::Rcode::NoError);
  out.append(opt.begin(), opt.end());
  return {out.begin(), out.end()};
}

/// Queries for every service, in an order that no prefetcher follows.
template <class MakeName>
std::vector<std::vector<std::uint8_t>> make_queries(MakeName make_name, dnsd::RrType type) {
  std::vector<std::vector<std::uint8_t>> queries;
  for (std::uint32_t i = 0; i < kServices; ++i) {
    queries.push_back(make_query(make_name(service_name(i * 7919 % kServices)), type));
  }
  return queries;
}

void answer_all(benchmark::State& state, const std::vector<std::vector<std::uint8_t>>& queries) {
  const auto zone = make_zone();
  dnsd::LookUp look_up;
  std::vector<dnsd::Query> batch;
  batch.reserve(kBatch);
  std::array<std::uint8_t, 1232> out{};
  std::size_t next = 0;
  std::uint32_t rotation = 0;
  for ([[maybe_unused]] const auto _ : state) {
    if (next % kBatch == 0) {
      batch.clear();
      for (std::size_t i = next; i < std::min(next + kBatch, queries.size()); ++i) {
        batch.emplace_back(queries[i]);
      }
      look_up.find(batch, *zone);
    }
    const dnsd::Query& query = batch[next % kBatch];
    const auto reply = dnsd::respond(query, *zone, {.style = {.rotation = rotation++}}, out);
    benchmark::DoNotOptimize(reply.size);
    benchmark::ClobberMemory();
    if (++next == queries.size()) next = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

void a_hit(benchmark::State& state) {
  const auto name = [](const std::string& service) { return service + ".marathon.mesos"; };
  answer_all(state, make_queries(name, dnsd::RrType::A));
}

void srv_hit(benchmark::State& state) {
  const auto name = [](const std::string& service) {
    return "_" + service + "._tcp.marathon.mesos";
  };
  answer_all(state, make_queries(name, dnsd::RrType::Srv));
}

void no_such_type(benchmark::State& state) {
  const auto name = [](const std::string& service) { return service + ".marathon.mesos"; };
  answer_all(state, make_queries(name, dnsd::RrType::Aaaa));
}

void no_such_name(benchmark::State& state) {
  const auto name = [](const std::string& service) { return service + "x.marathon.mesos"; };
  answer_all(state, make_queries(name, dnsd::RrType::A));
}

void build_zone(benchmark::State& state) {
  for ([[maybe_unused]] const auto _ : state) benchmark::DoNotOptimize(make_zone());
  state.SetItemsProcessed(state.iterations() * kServices * kTasksEach);
}

/// Of an answer; `answers` 0: as many as a second takes.
void add(const char* name, void (*run)(benchmark::State&), long answers) {
  auto* benchmark = benchmark::RegisterBenchmark(name, run);
  answers > 0 ? benchmark->Iterations(answers) : benchmark->MinTime(1);
}

/// Takes --answers=N out of the arguments.
long take_answers(int& count, char** arguments) {
  constexpr std::string_view kOption = "--answers=";
  if (count < 2 || !std::string_view(arguments[1]).starts_with(kOption)) return 0;
  const long answers = std::atol(arguments[1] + kOption.size());
  std::rotate(arguments + 1, arguments + 2, arguments + count);
  --count;
  return answers;
}

}  // namespace

int main(int argc, char** argv) {
  const long answers = take_answers(argc, argv);
  add("a_hit", a_hit, answers);
  add("srv_hit", srv_hit, answers);
  add("no_such_type", no_such_type, answers);
  add("no_such_name", no_such_name, answers);
  benchmark::RegisterBenchmark("build_zone", build_zone)
      ->Unit(benchmark::kMillisecond)
      ->Iterations(3);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
}
