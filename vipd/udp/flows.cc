#include "vipd/udp/flows.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "vipd/server/failure.h"

namespace vipd {

namespace {

using std::chrono::milliseconds;

constexpr int kBatchesPerTurn = 4;  // So that all get their turn.
/// So many answers at once are worth the call that lets them come as one. One question and its
/// answer are not.
constexpr std::size_t kBurst = 8;
constexpr std::size_t kTimerSlots = 4096;

milliseconds tick(const config::Vip& options) {
  milliseconds shortest = options.udp_idle_timeout;
  if (options.udp_answer_timeout.count() > 0)
    shortest = std::min(shortest, options.udp_answer_timeout);
  return std::clamp(shortest / 16, milliseconds(4), milliseconds(1000));
}

/// The network's word that nobody listens there, to the datagram before.
bool speaks_of_backend(int error) { return failure_of(error) != ConnectFailure::Local; }

}  // namespace

Flows::Flows(Poller& poller,
             const config::Vip& options,
             WorkerCounters& counters,
             AccessLog& access_log,
             const TimePoint& now)
    : poller_(poller),
      counters_(counters),
      access_log_(access_log),
      now_(now),
      options_(options),
      table_(static_cast<std::size_t>(std::max(options.udp_sessions, 1))),
      timers_(now, tick(options), kTimerSlots) {}

/// Datagrams of one client that arrive together are sent together.
void Flows::on_datagrams(Service& service) {
  for (int turn = 0; turn < kBatchesPerTurn && service.listener; ++turn) {
    if (batch_.receive(service.listener.get()) != 0) return;
    for (std::size_t first = 0, last; first < batch_.size(); first = last) {
      const common::SocketAddress client = batch_.from(first);
      for (last = first + 1; last < batch_.size() && batch_.from(last) == client;) ++last;
      pass_on(flow_of(client, service), first, last);
    }
    if (batch_.size() < Datagrams::kBatch) return;
  }
}

/// The flow of a client; a new one takes the place of the one that was silent longest if need be.
Flows::Flow& Flows::flow_of(const common::SocketAddress& client, Service& service) {
  if (Flow* known = table_.find(service.id.index, client)) {
    table_.touch(*known);
    return *known;
  }
  if (table_.full()) end(table_.oldest(), EndCause::Evicted);
  service.counters->accepted.add();
  return begin(client, service);
}

Flows::Flow& Flows::begin(const common::SocketAddress& client, Service& service) {
  Flow& flow = table_.insert(service.id.index, client);
  flow.payload.service = &service;
  flow.payload.moved = now_;
  if (access_log_.is_on()) {
    flow.payload.record = std::make_unique<AccessRecord>(client, std::chrono::steady_clock::now());
  }
  timers_.schedule(flow.id.index, deadline(flow));
  ++service.sessions;
  service.counters->open.add();
  return flow;
}

std::vector<MovedFlow> Flows::hand_over() {
  std::vector<MovedFlow> moved;
  table_.for_each([&](Flow& flow) {
    State& state = flow.payload;
    if (state.target == nullptr) return;  // Its next datagram begins it anew.
    moved.push_back({.vip = state.service->vip->id,
                     .client = flow.client,
                     .backend = std::move(state.socket),
                     .target = {state.target->endpoint, std::string(*state.target->app)},
                     .answered = state.answered,
                     .has_answered = state.has_answered,
                     .quiet = std::chrono::floor<milliseconds>(now_ - state.moved)});
  });
  std::sort(
      moved.begin(), moved.end(), [](const auto& a, const auto& b) { return a.quiet > b.quiet; });
  return moved;
}

void Flows::adopt(MovedFlow moved, Service& service, Target& target) {
  if (table_.full() || table_.find(service.id.index, moved.client) != nullptr) return;
  Flow& flow = begin(moved.client, service);
  if (!attach(flow, target, std::move(moved.backend))) return;
  flow.payload.moved = now_ - moved.quiet;
  flow.payload.answered = moved.answered;
  flow.payload.has_answered = moved.has_answered;
  timers_.schedule(flow.id.index, deadline(flow));
}

void Flows::pass_on(Flow& flow, std::size_t first, std::size_t last) {
  Service& service = *flow.payload.service;
  Attempts attempts;
  attempts.client = service.balancer.client_hash(flow.client);
  flow.payload.moved = now_;
  flow.payload.answered = false;
  while (first < last && has_backend(flow, attempts)) {
    const auto sent = batch_.send(flow.payload.socket.get(), first, last);
    for (std::size_t i = first; i < first + sent.count; ++i) {
      count_bytes(flow, batch_.bytes(i).size(), 0);
    }
    service.counters->datagrams_upstream.add(batch_.datagrams(first, first + sent.count));
    first += sent.count;
    if (sent.error == 0) return;
    if (speaks_of_backend(sent.error)) {
      attempts.failed.push_back(flow.payload.target->id);
      backend_failed(flow, sent.error);
    } else {
      // Too large for the way, or there is no room: this one is lost, like any datagram.
      service.counters->datagrams_dropped.add(batch_.datagrams(first, first + 1));
      ++first;
    }
  }
  service.counters->datagrams_dropped.add(batch_.datagrams(first, std::max(first, last)));
}

/// Connects a backend unless the flow has one that is to be kept.
bool Flows::has_backend(Flow& flow, Attempts& attempts) {
  Balancer& balancer = flow.payload.service->balancer;
  Target* target = flow.payload.target;
  if (target != nullptr) {
    const bool failing = target->state == watcher::BackendState::Failing && !balancer.in_panic();
    if (target->in_table && !failing) return true;
    detach(flow);
  }
  while ((target = balancer.pick(attempts, now_)) != nullptr) {
    if (connect(flow, *target)) {
      target->counters->sessions.add();
      return true;
    }
    attempts.failed.push_back(target->id);
  }
  return false;
}

bool Flows::connect(Flow& flow, Target& target) {
  std::optional<common::IpAddress> shown;
  if (options_.transparent) shown = flow.client.ip;
  auto socket = connect_datagrams(target.endpoint, shown);
  if (socket) return attach(flow, target, std::move(*socket));
  blame(*flow.payload.service, target, socket.error());
  return false;
}

bool Flows::attach(Flow& flow, Target& target, common::UniqueFd socket) {
  if (!poller_.add_input_edge(socket.get(), {Token::Kind::Reply, flow.id})) return false;
  flow.payload.socket = std::move(socket);
  flow.payload.target = &target;
  flow.payload.position = static_cast<std::uint32_t>(target.sessions.size());
  flow.payload.asked = std::chrono::steady_clock::now();
  flow.payload.has_answered = false;
  flow.payload.in_bursts = false;
  if (flow.payload.record) flow.payload.record->tried(target, flow.payload.record->tries + 1);
  target.sessions.push_back(flow.id.index);
  target.counters->open.add();
  return true;
}

void Flows::count_bytes(Flow& flow, std::size_t upstream, std::size_t downstream) {
  VipCounters& vip = *flow.payload.service->counters;
  BackendCounters& backend = *flow.payload.target->counters;
  vip.bytes_upstream.add(upstream);
  vip.bytes_downstream.add(downstream);
  backend.bytes_upstream.add(upstream);
  backend.bytes_downstream.add(downstream);
  if (flow.payload.record) flow.payload.record->count(upstream, downstream);
}

void Flows::on_reply(SlotId id) {
  Flow* found = table_.find(id);
  if (found == nullptr || found->payload.target == nullptr) return;
  Flow& flow = *found;
  Service& service = *flow.payload.service;
  do {
    const int error = batch_.receive(flow.payload.socket.get());
    if (error == EAGAIN) return;
    if (error != 0) return backend_failed(flow, error);
    note_answer(flow);
    const auto sent = batch_.send_all_to(service.listener.get(), flow.client);
    for (std::size_t i = 0; i < sent.count; ++i) count_bytes(flow, 0, batch_.bytes(i).size());
    service.counters->datagrams_downstream.add(batch_.datagrams(0, sent.count));
    service.counters->datagrams_dropped.add(batch_.datagrams(sent.count, batch_.size()));
    if (batch_.size() >= kBurst && !std::exchange(flow.payload.in_bursts, true)) {
      receive_bursts(flow.payload.socket.get());
    }
    // Fewer than there is room for: nothing is left but perhaps an error, which the next datagram
    // to the backend meets before it is sent.
  } while (batch_.size() == Datagrams::kBatch);
}

void Flows::note_answer(Flow& flow) {
  Service& service = *flow.payload.service;
  table_.touch(flow);
  flow.payload.moved = now_;
  flow.payload.answered = true;
  if (options_.udp_answer_timeout.count() > 0) timers_.schedule(flow.id.index, deadline(flow));
  if (std::exchange(flow.payload.has_answered, true)) return;
  const auto took = std::chrono::steady_clock::now() - flow.payload.asked;
  service.balancer.succeeded(*flow.payload.target, took, now_);
  if (flow.payload.record) flow.payload.record->first_byte = took;
  const double seconds = std::chrono::duration<double>(took).count();
  service.counters->first_byte_seconds.observe(seconds);
  flow.payload.target->counters->first_byte_seconds.observe(seconds);
}

/// The datagram it is about is lost; the next one goes elsewhere.
void Flows::backend_failed(Flow& flow, int error) {
  blame(*flow.payload.service, *flow.payload.target, error);
  detach(flow);
}

/// What this host itself refuses is no fault of the backend's, and is told here alone.
void Flows::blame(Service& service, Target& target, int error) {
  const ConnectFailure cause = failure_of(error);
  service.counters->count(cause);
  target.counters->count(cause);
  if (cause == ConnectFailure::Local) {
    if (local_failures_.is_due(now_)) warn_untried(service, target.endpoint, error);
  } else if (service.balancer.failed(target, now_)) {
    service.counters->ejections.add();
    target.counters->ejections.add();
  }
}

void Flows::detach(Flow& flow) {
  if (flow.payload.target == nullptr) return;
  Target& target = *std::exchange(flow.payload.target, nullptr);
  flow.payload.socket.reset();
  const std::uint32_t last = target.sessions.back();
  target.sessions[flow.payload.position] = last;
  table_.at(last).payload.position = flow.payload.position;
  target.sessions.pop_back();
  target.counters->open.subtract();
  flow.payload.service->balancer.release(target);
}

void Flows::expire() {
  while (const auto slot = timers_.pop_due(now_)) {
    Flow& flow = table_.at(*slot);
    if (deadline(flow) <= now_) {
      end(flow, EndCause::Idle);
    } else {
      timers_.schedule(*slot, deadline(flow));
    }
  }
}

void Flows::leave(Target& target) {
  const std::vector<std::uint32_t> slots = target.sessions;
  for (const std::uint32_t slot : slots) detach(table_.at(slot));
}

void Flows::end_all(Service& service) {
  table_.for_each([&](Flow& flow) {
    if (flow.service == service.id.index) end(flow, EndCause::Drained);
  });
}

void Flows::end(Flow& flow, EndCause cause) {
  Service& service = *flow.payload.service;
  timers_.cancel(flow.id.index);
  if (flow.payload.target != nullptr) flow.payload.target->counters->count(cause);
  detach(flow);
  --service.sessions;
  service.counters->open.subtract();
  service.counters->count(cause);
  counters_.count(cause);
  if (flow.payload.record) {
    access_log_.write(*flow.payload.record, *service.vip, cause, std::chrono::steady_clock::now());
  }
  table_.erase(flow);
}

TimePoint Flows::deadline(const Flow& flow) const {
  const bool over = flow.payload.answered && options_.udp_answer_timeout.count() > 0;
  return flow.payload.moved + (over ? options_.udp_answer_timeout : options_.udp_idle_timeout);
}

}  // namespace vipd
