#include "watcher/mesos/follower.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace watcher::mesos {
namespace {

using common::log::Level;
using config::MesosMode;

constexpr std::chrono::seconds kSettle{10};       // Until an agent that is back has all its tasks.
constexpr std::chrono::seconds kRepairPause{15};  // Between full states asked for out of turn.
constexpr std::chrono::seconds kRetryState{10};   // After a full state that failed.
constexpr std::chrono::seconds kGather{1};        // Before changed frameworks are looked at.
constexpr int kWholeFactor = 6;                   // Everything takes a master longer than one list.
constexpr int kMostFailures = 3;
constexpr bool kVouched = true;  // Wherever we are, a configured master or ZooKeeper sent us there.

std::vector<MasterFacts> masters_of(const std::vector<http::Url>& seeds) {
  std::vector<MasterFacts> masters;
  for (const http::Url& seed : seeds) {
    MasterFacts master = master_at(seed);
    if (std::find(masters.begin(), masters.end(), master) == masters.end()) {
      masters.push_back(std::move(master));
    }
  }
  return masters;
}

/// What masters before 1.1 answer to a SUBSCRIBE: they know no such page, or no such call.
bool knows_no_stream(int status) {
  return status == 400 || status == 404 || status == 405 || status == 406 || status == 501;
}

std::string explain(int status, std::string_view what) {
  const std::string text = fmt::format("it answers {} to {}", status, what);
  return status == 503 ? text + ": no master leads at the moment" : text;
}

}  // namespace

Follower::Follower(const config::Mesos& options, std::vector<http::Url> seeds, std::uint64_t seed)
    : FollowerBase(kSource),
      options_(options),
      link_(seeds, seed, options.heartbeat_timeout),
      parser_(options.max_record_bytes),
      cluster_(std::string(kSource)),
      polling_(options.mode == MesosMode::Poll) {
  cluster_.set_masters(masters_of(seeds));
}

// ---- The connection

void Follower::led_by(const http::Url& leader, TimePoint now) {
  if (!link_.led_by(leader)) return;
  cluster_.set_masters({master_at(leader)});
  forget_connection();
  link_.redial(now);
  log(Level::Info, fmt::format("state=elected leader={}", leader.authority()));
  tick(now);
}

void Follower::no_leader(TimePoint now) {
  status_.last_error = "no master leads, says ZooKeeper";
  log(Level::Warn, fmt::format("error=\"{}\"", status_.last_error));
  settle(now);
}

void Follower::tick(TimePoint now) {
  const auto step = link_.tick(now);
  if (!step) {
    lose(step.error().message, now);
  } else if (*step == Link::Step::Dial) {
    link_.dial();
    connect();
  }
  if (live_) cluster_.expire(now);
  settle(now);
}

void Follower::connect() {
  if (polling_) {
    poll();
  } else {
    open_stream();
  }
}

void Follower::open_stream() {
  parser_ = RecordioParser(options_.max_record_bytes);
  http::Url url = link_.url(kOperatorApi);
  http::Request request = make_call("SUBSCRIBE");
  request.target = url.target;
  actions_.emplace_back(OpenStream{std::move(url), std::move(request), kVouched});
}

void Follower::poll() {
  poll_.asking = true;
  ask(Subject::Page, link_.url(page_), make_get());
}

void Follower::stream_head(const http::Response& head, TimePoint now) {
  if (http::is_redirect(head.status)) {
    follow_redirect(http::find_header(head.headers, "Location"), kOperatorApi, now);
  } else if (head.status == 200) {
    link_.opened(now);
  } else if (options_.mode == MesosMode::Auto && knows_no_stream(head.status)) {
    log(Level::Info,
        fmt::format("state=polling reason=\"it answers {} to SUBSCRIBE\"", head.status));
    actions_.emplace_back(Disconnect{});
    polling_ = true;
    poll();
  } else {
    lose(explain(head.status, "SUBSCRIBE"), now);
  }
  settle(now);
}

void Follower::follow_redirect(std::string_view location, std::string_view path, TimePoint now) {
  const auto moved = link_.redirect(location, path);
  if (!moved) return lose(moved.error().message, now);
  connect();
}

void Follower::stream_bytes(std::string_view bytes, TimePoint now) {
  link_.on_bytes(now);
  status_.connected = true;
  status_.last_heard = now;
  dropped_ = false;
  const std::uint64_t oversized = parser_.oversized();
  const auto fed = parser_.feed(bytes, [&](std::string_view record) {
    if (!dropped_) on_record(record, now);
  });
  if (!fed) {
    reject("the stream", fed.error().message);
    drop(fed.error().message, now);
  } else if (parser_.oversized() != oversized) {
    on_oversized(now);
  }
  settle(now);
}

void Follower::on_oversized(TimePoint now) {
  const std::string why = fmt::format("it is longer than {} bytes, see mesos.max_record_bytes",
                                      options_.max_record_bytes);
  reject("a record", why);
  if (!live_) drop("the first record, which holds everything, was skipped: " + why, now);
  resync_soon(now);
}

/// As lose(), from within the reading of its bytes.
void Follower::drop(const std::string& why, TimePoint now) {
  if (!std::exchange(dropped_, true)) lose(why, now);
}

void Follower::stream_ended(const common::Error& why, TimePoint now) {
  lose(why.message, now);
  settle(now);
}

/// What was delivered stands; everything is asked again of the next master.
void Follower::lose(const std::string& why, TimePoint now) {
  const auto wait = link_.lost(now);
  const Level level = why == status_.last_error ? Level::Debug : Level::Warn;
  log(level, fmt::format("state=lost error=\"{}\" retry_ms={}", why, wait.count()));
  forget_connection();
  status_.last_error = why;
  ++status_.reconnects;
}

void Follower::forget_connection() {
  actions_.emplace_back(Disconnect{});
  cluster_.pause();
  asked_.clear();
  forget_troubles();
  state_ = agents_ = frameworks_ = poll_ = {};
  polling_ = options_.mode == MesosMode::Poll;
  live_ = false;
  early_heartbeats_ = 0;
  failures_ = 0;
  status_.connected = false;
}

// ---- Records

void Follower::on_record(std::string_view record, TimePoint now) {
  auto event = parse_event(record);
  if (event) {
    ++status_.events;
    std::visit([&](auto& what) { on_event(what, now); }, *event);
  } else {
    reject("a record", event.error().message);
    if (!live_) drop("the first record cannot be read: " + event.error().message, now);
    resync_soon(now);
  }
}

/// Before 1.5.1 one may come ahead of the state.
void Follower::on_event(Heartbeat&, TimePoint now) {
  if (!live_ && ++early_heartbeats_ > 1) drop("it sends heartbeats but no state", now);
}

/// The state and what follows it are one sequence without a gap, so nothing was missed.
void Follower::on_event(Subscribed& event, TimePoint now) {
  if (!event.has_heartbeats) link_.trust_silence();
  if (!knows_leader_) cluster_.set_leader(link_.master());
  take_state(std::move(event.state), cluster_.stamp(), now);
  call(Subject::Master, "GET_MASTER");
  agents_.at(now + options_.poll_interval);
  frameworks_.at(now);
}

void Follower::on_event(TaskAdded& event, TimePoint) {
  if (!live_) return;
  reject(event.rejected);
  cluster_.add_task(std::move(event.task));
}

void Follower::on_event(TaskUpdated& event, TimePoint now) {
  if (!live_ || cluster_.update_task(event.change)) return;
  reject(fmt::format("an update of task '{}'", event.change.ref.id), "no such task was told of");
  resync_soon(now);
}

void Follower::on_event(AgentAdded& event, TimePoint now) {
  if (live_ && cluster_.add_agent(std::move(event.agent))) resync_soon(now + kSettle);
}

void Follower::on_event(AgentRemoved& event, TimePoint) {
  if (live_) cluster_.remove_agent(event.id);
}

void Follower::on_event(FrameworkChanged& event, TimePoint now) {
  if (!live_) return;
  cluster_.set_framework(std::move(event.framework));
  frameworks_.at(now + kGather);
}

void Follower::on_event(FrameworkRemoved& event, TimePoint) {
  if (live_) cluster_.remove_framework(event.id);
}

// ---- Questions

void Follower::ask(Subject subject, http::Url url, http::Request request) {
  const bool whole = subject == Subject::State || subject == Subject::Page;
  Question question{subject, whole ? cluster_.ask() : cluster_.stamp()};
  request.target = url.target;
  actions_.emplace_back(Get{++last_id_,
                            std::move(url),
                            std::move(request),
                            options_.request_timeout * (whole ? kWholeFactor : 1),
                            kVouched});
  asked_.emplace(last_id_, question);
}

void Follower::call(Subject subject, std::string_view type) {
  ask(subject, link_.url(kOperatorApi), make_call(type));
}

void Follower::ask_what_is_due(TimePoint now) {
  if (poll_.is_due(now)) poll();
  if (!live_ || polling_) return;
  if (state_.is_due(now)) {
    state_ = {.asking = true};
    call(Subject::State, "GET_STATE");
  }
  if (agents_.is_due(now)) {
    agents_ = {.asking = true};
    call(Subject::Agents, "GET_AGENTS");
  }
  if (frameworks_.is_due(now)) {
    frameworks_ = {.asking = true};
    ask(Subject::Frameworks, link_.url("/frameworks"), make_get());
  }
}

void Follower::resync_soon(TimePoint when) {
  if (live_ && !polling_) state_.at(std::max(when, last_sync_ + kRepairPause));
}

// ---- Answers

void Follower::answered(std::uint64_t id, const Answer& answer, TimePoint now) {
  const auto found = asked_.find(id);
  if (found == asked_.end()) return;
  const Question question = found->second;
  asked_.erase(found);
  if (answer) status_.last_heard = now;
  switch (question.subject) {
    case Subject::State:
      on_state(question, answer, now);
      break;
    case Subject::Agents:
      on_agents(question, answer, now);
      break;
    case Subject::Frameworks:
      on_frameworks(question, answer, now);
      break;
    case Subject::Master:
      on_master(answer);
      break;
    case Subject::Page:
      on_page(question, answer, now);
      break;
  }
  settle(now);
}

void Follower::on_state(const Question& question, const Answer& answer, TimePoint now) {
  state_.asking = false;
  auto state = read(answer, parse_get_state);
  if (state) return take_state(std::move(*state), question.stamp, now);
  cluster_.give_up();
  state_.at(now + kRetryState);
  on_failure("the full state", state.error(), now);
}

void Follower::on_agents(const Question& question, const Answer& answer, TimePoint now) {
  agents_.asking = false;
  agents_.at(now + link_.spread(options_.poll_interval));
  auto agents = read(answer, parse_get_agents);
  if (!agents) return on_failure("the list of agents", agents.error(), now);
  failures_ = 0;
  reject(agents->rejected);
  cluster_.apply_agents(std::move(agents->agents), question.stamp);
}

void Follower::on_frameworks(const Question& question, const Answer& answer, TimePoint now) {
  frameworks_.asking = false;
  frameworks_.at(now + link_.spread(options_.resync_interval));
  auto frameworks = read(answer, parse_frameworks);
  if (!frameworks) return on_failure("/frameworks", frameworks.error(), now);
  failures_ = 0;
  reject(frameworks->rejected);
  cluster_.apply_frameworks(std::move(frameworks->frameworks), question.stamp);
}

/// Without it the leader is known by the URL that leads to it.
void Follower::on_master(const Answer& answer) {
  auto master = read(answer, parse_get_master);
  knows_leader_ = master.has_value();
  cluster_.set_leader(master ? std::move(*master) : link_.master());
}

/// One failed question is nothing; several in a row, and the stream lives only on paper: a master
/// that lost its leadership, or one that sends no heartbeats and is gone.
void Follower::on_failure(const std::string& what, const common::Error& why, TimePoint now) {
  trouble(fmt::format("{} failed: {}", what, why.message));
  if (++failures_ >= kMostFailures) lose(what + " failed: " + why.message, now);
}

void Follower::on_page(const Question& question, const Answer& answer, TimePoint now) {
  poll_.asking = false;
  if (answer && http::is_redirect(answer->status)) {
    return follow_redirect(http::find_header(answer->headers, "Location"), page_, now);
  }
  if (answer && answer->status == 404) page_ = page_ == "/state" ? "/state.json" : "/state";
  if (answer && answer->status != 200) {
    return lose(explain(answer->status, "GET " + std::string(page_)), now);
  }
  auto state = read(answer, parse_state_page);
  if (state) {
    take_page(std::move(*state), question.stamp, now);
  } else {
    lose("GET " + std::string(page_) + " failed: " + state.error().message, now);
  }
}

void Follower::take_page(StateFacts state, std::uint64_t stamp, TimePoint now) {
  if (!state.from_leader) {
    const http::Url leader{"", state.leader->host, std::to_string(state.leader->port)};
    return follow_redirect("//" + leader.authority() + std::string(page_), page_, now);
  }
  cluster_.set_leader(state.leader.value_or(link_.master()));
  status_.connected = true;
  poll_.due = now + link_.spread(options_.poll_interval);
  take_state(std::move(state), stamp, now);
}

void Follower::take_state(StateFacts state, std::uint64_t stamp, TimePoint now) {
  using Occasion = Cluster::Occasion;
  failures_ = 0;
  status_.last_error.clear();
  reject(state.rejected);
  const auto outcome =
      cluster_.apply(std::move(state), stamp, live_ ? Occasion::Resync : Occasion::Connected, now);
  if (outcome.blind) {
    trouble(
        fmt::format("the master shows no agent, no framework and no task: it has none, or this "
                    "principal may see none, see mesos.username; {} tasks told before stay",
                    outcome.waiting));
  } else if (outcome.waiting > 0) {
    trouble(
        fmt::format("the master does not tell of {} tasks that it told of before: they stay "
                    "until their agents are back, for ten minutes at most; if none comes "
                    "back, look at what this principal may see",
                    outcome.waiting));
  }
  state_.due = now + link_.spread(options_.resync_interval);
  last_sync_ = now;
  status_.last_sync = now;
  ++status_.resyncs;
  hosts_.forget_idle(now);
  if (!live_) deliver_everything(now);
}

void Follower::deliver_everything(TimePoint now) {
  std::vector<Update> everything = cluster_.reset();
  log(Level::Info,
      fmt::format("state=synced tasks={}", std::get<Reset>(everything.front()).tasks.size()));
  actions_.emplace_back(Deliver{Batch{std::move(everything), now}});
  live_ = true;
  link_.proved();
  status_.synced = true;
}

// ---- After each input

void Follower::settle(TimePoint now) {
  if (status_.synced) {
    auto updates = cluster_.take_updates();
    if (!updates.empty()) actions_.emplace_back(Deliver{Batch{std::move(updates), now}});
  }
  look_up_hosts(now);
  ask_what_is_due(now);
}

void Follower::look_up_hosts(TimePoint now) {
  hosts_.want(cluster_.take_new_hosts(), now);
  hosts_.look_up(
      now, [this](const std::string& host) { return cluster_.has_host(host); }, actions_);
}

void Follower::resolved(const std::string& host,
                        const common::Expected<std::vector<IpAddress>>& answer,
                        TimePoint now) {
  if (answer) {
    cluster_.resolve(host, *answer);
  } else {
    trouble(fmt::format("host {} has no address: {}", host, answer.error().message));
  }
  hosts_.answered(host, answer.has_value(), now);
  settle(now);
}

TimePoint Follower::next_tick() const {
  TimePoint next = std::min({link_.next_tick(), hosts_.next(), poll_.next()});
  if (live_) next = std::min(next, cluster_.next_expiry());
  if (live_ && !polling_) {
    next = std::min({next, state_.next(), agents_.next(), frameworks_.next()});
  }
  return next;
}

}  // namespace watcher::mesos
