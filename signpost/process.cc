#include "signpost/process.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/descriptors.h"
#include "common/log.h"
#include "common/memory.h"
#include "config/load.h"
#include "signpost/handover/channel.h"
#include "signpost/last_reload.h"
#include "signpost/next_process.h"
#include "signpost/privileges.h"
#include "signpost/service_manager.h"
#include "signpost/system_calls.h"

namespace signpost {
namespace {

namespace log = common::log;
using common::Expected;
using common::UniqueFd;
using handover::Channel;
using handover::Kind;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How long the new process may think about what it was told, while the old one serves on.
constexpr milliseconds kThinking{120'000};
/// Requests and queries under way in what was replaced get at least so long.
constexpr milliseconds kLeastRetirement{1000};
constexpr milliseconds kLook{50};  // Between looks whether sessions have ended.
constexpr milliseconds kLookAtMemory{250};

UniqueFd signals_as_descriptor() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR2}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return UniqueFd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

double milliseconds_since(steady_clock::time_point then) {
  return std::chrono::duration<double, std::milli>(steady_clock::now() - then).count();
}

std::string words_of(Roles roles) {
  return std::string(roles.dns ? "dns " : "") + (roles.vips ? "vips " : "");
}

class Process {
 public:
  Process(std::string file, const config::Settings& settings, Roles roles, Programs programs)
      : file_(std::move(file)), settings_(settings), roles_(roles), programs_(programs) {}
  ~Process() {
    if (gate_) unlink(settings_.process.handover_path.c_str());
  }

  Expected<void> begin() {
    auto before = find_other();
    if (!before) return tl::unexpected(before.error());
    if (auto begun = *before ? take_over(**before) : start_anew(); !begun) return begun;
    if (auto opened = open_gate(); !opened) log::error("{}", opened.error().message);
    tell_service_manager("READY=1");
    return {};
  }

  /// Until it is time to end.
  void run() {
    while (!ended_) {
      wait();
      const auto signal = next_signal();
      if (signal) act_on(*signal);
      if (!ended_ && !signal && gate_) meet_next();
      end_retired();
      next_.reap();
    }
    if (handed_over_) return wait_for_retired();
    drain();
  }

 private:
  // --- The beginning

  Expected<std::optional<Channel>> find_other() {
    const std::string& path = settings_.process.handover_path;
    if (path.empty() || roles_.marathon) return std::optional<Channel>();
    return Channel::connect(path);
  }

  Expected<void> start_anew() {
    auto made = make(settings_, roles_, nullptr, nullptr, figures());
    if (!made) return tl::unexpected(made.error());
    if (auto ready = (*made)->prepare({}); !ready) return ready;
    running_ = std::move(*made);
    running_->serve({});
    return {};
  }

  Expected<void> take_over(Channel& other) {
    log::info("taking over from pid={}", other.peer());
    common::raise_descriptor_limit();
    auto knowledge = ask_what_it_knows(other);
    if (!knowledge) return tl::unexpected(knowledge.error());
    auto made = make(settings_, roles_, &*knowledge, nullptr, figures());
    if (!made) return tl::unexpected(made.error());
    auto bundle = ask_what_it_serves(other);
    if (!bundle) return tl::unexpected(bundle.error());
    if (auto ready = (*made)->prepare(*bundle); !ready) return ready;
    if (auto told = other.send(Kind::Set); !told) return told;
    // Whoever has begun to serve again says nothing, and closes.
    if (auto go = other.receive(Kind::Go, settings_.process.handover_timeout); !go) {
      return tl::unexpected(go.error());
    }
    running_ = std::move(*made);
    running_->serve(std::move(*bundle));
    log::info("took over from pid={}", other.peer());
    return {};
  }

  Expected<handover::Knowledge> ask_what_it_knows(Channel& other) {
    if (auto sent = other.send(Kind::Hello, {words_of(roles_), {}}); !sent) {
      return tl::unexpected(sent.error());
    }
    auto letter = other.receive(Kind::Knowledge, kThinking);
    if (!letter) return tl::unexpected(letter.error());
    return handover::decode_knowledge(std::move(*letter));
  }

  Expected<handover::Bundle> ask_what_it_serves(Channel& other) {
    if (auto sent = other.send(Kind::Ready); !sent) return tl::unexpected(sent.error());
    auto letter = other.receive(Kind::Bundle, kThinking);
    if (!letter) return tl::unexpected(letter.error());
    return handover::decode_bundle(std::move(*letter));
  }

  Expected<void> open_gate() {
    const std::string& path = settings_.process.handover_path;
    if (path.empty() || roles_.marathon) return {};
    auto gate = handover::open_gate(path);
    if (!gate) return tl::unexpected(gate.error());
    gate_ = std::move(*gate);
    return {};
  }

  // --- Waiting

  void wait() {
    std::array<pollfd, 2> watched{{{signals_.get(), POLLIN, 0}, {gate_.get(), POLLIN, 0}}};
    const milliseconds pause = retired_.empty() ? kLookAtMemory : kLook;
    poll(watched.data(), gate_ ? 2 : 1, static_cast<int>(pause.count()));
    memory_.look();
  }

  std::optional<int> next_signal() {
    signalfd_siginfo info{};
    if (read(signals_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    return static_cast<int>(info.ssi_signo);
  }

  void act_on(int signal) {
    if (signal == SIGHUP) return reload();
    if (signal == SIGUSR2) return start_next();
    log::info("signal={} stopping", signal);
    ended_ = true;
  }

  // --- A new configuration

  void reload() {
    tell_service_manager("RELOADING=1");
    const auto taken = take_up_configuration();
    last_reload_.note(taken.has_value());
    if (!taken) {
      log::error("config={} not reloaded, the old one stays: {}", file_, taken.error().message);
    }
    tell_service_manager("READY=1");
  }

  Expected<void> take_up_configuration() {
    auto settings = config::load(file_);
    if (!settings) return tl::unexpected(settings.error());
    if (auto possible = check_programs(*settings); !possible) return possible;
    running_->lock();
    const handover::Knowledge knowledge = running_->knowledge();
    auto next = make(*settings, roles_, &knowledge, running_->release_marathon(), figures());
    if (!next) {
      running_->unlock();
      return tl::unexpected(next.error());
    }
    const auto stopped = steady_clock::now();
    handover::Bundle bundle = running_->hand_over();
    if (auto ready = (*next)->prepare(bundle); !ready) {
      serve_again(std::move(bundle), (*next)->release_marathon());
      return ready;
    }
    (*next)->serve(std::move(bundle));
    log::info("config={} reloaded paused={:.1f}ms", file_, milliseconds_since(stopped));
    retire(std::exchange(running_, std::move(*next)));
    log::configure(settings->log.level, settings->log.format);
    move_gate(*settings);
    settings_ = std::move(*settings);
    memory_.set_limit(settings_.process.max_memory_bytes);
    return {};
  }

  Expected<void> check_programs(const config::Settings& settings) const {
    const std::string what = needs_programs(settings);
    if (programs_ == Programs::Allowed || what.empty()) return {};
    return common::fail(common::ErrorCode::NotPermitted,
                        what +
                            " starts programs, which process.seccomp has refused since this "
                            "process began; restart it");
  }

  void serve_again(handover::Bundle bundle, std::unique_ptr<minimarathon::MiniMarathon> marathon) {
    if (auto ready = running_->prepare(bundle); !ready) {
      log::error("cannot serve again: {}", ready.error().message);
      ended_ = true;
      return;
    }
    running_->serve(std::move(bundle));
    if (marathon) running_->attach(std::move(marathon));
  }

  void move_gate(const config::Settings& settings) {
    const std::string& path = settings.process.handover_path;
    if (path == settings_.process.handover_path) return;
    if (gate_) unlink(settings_.process.handover_path.c_str());
    gate_.reset();
    if (path.empty() || roles_.marathon) return;
    auto gate = handover::open_gate(path);
    if (!gate) return log::error("{}", gate.error().message);
    gate_ = std::move(*gate);
  }

  // --- The next process

  void start_next() {
    if (!gate_) return log::error("signal=SIGUSR2 needs process.handover_path");
    next_.reap();
    const auto started = next_.start();
    if (!started) return log::error("{}", started.error().message);
    log::info("started pid={} to take over", *started);
  }

  void meet_next() {
    UniqueFd socket = handover::accept_at(gate_);
    if (!socket) return;
    auto channel = Channel::accepted(std::move(socket));
    if (!channel) return log::warn("hand-over refused: {}", channel.error().message);
    if (auto done = hand_over(*channel); !done) {
      log::warn(
          "hand-over to pid={} failed, serving on: {}", channel->peer(), done.error().message);
      (void)channel->send(Kind::No, {done.error().message, {}});  // If it is still there.
    }
  }

  Expected<void> hand_over(Channel& next) {
    const auto hello = next.receive(Kind::Hello, milliseconds(1000));
    if (!hello) return tl::unexpected(hello.error());
    if (hello->bytes != words_of(roles_)) {
      return common::fail(common::ErrorCode::InvalidInput, "it has other roles");
    }
    log::info("handing over to pid={}", next.peer());
    running_->lock();
    auto done = hand_over_all(next);
    if (!done) running_->unlock();
    return done;
  }

  Expected<void> hand_over_all(Channel& next) {
    handover::Knowledge knowledge = running_->knowledge();
    if (auto sent = next.send(Kind::Knowledge, encode(knowledge)); !sent) return sent;
    if (auto ready = await(next, kThinking); !ready) return ready;
    if (auto ready = next.receive(Kind::Ready, milliseconds(1000)); !ready) {
      return tl::unexpected(ready.error());
    }
    const auto stopped = steady_clock::now();
    handover::Bundle bundle = running_->hand_over();
    if (auto given = give(next, bundle); !given) {
      serve_again(std::move(bundle), nullptr);
      return given;
    }
    gate_.reset();  // Not unlinked: the path is the next one's by now.
    tell_service_manager("MAINPID=" + std::to_string(next.peer()));
    log::info("handed over to pid={} paused={:.1f}ms", next.peer(), milliseconds_since(stopped));
    retire(std::move(running_));
    ended_ = handed_over_ = true;
    return {};
  }

  /// Where this fails, the next one has touched nothing: it waits for the last word.
  Expected<void> give(Channel& next, handover::Bundle& bundle) {
    if (auto sent = next.send(Kind::Bundle, encode(bundle)); !sent) return sent;
    const auto set = next.receive(Kind::Set, settings_.process.handover_timeout);
    if (!set) return tl::unexpected(set.error());
    return next.send(Kind::Go);
  }

  /// Until it says something; a signal for us ends that. It serves on meanwhile.
  Expected<void> await(const Channel& next, milliseconds limit) {
    std::array<pollfd, 2> watched{{{next.fd(), POLLIN, 0}, {signals_.get(), POLLIN, 0}}};
    const auto end = steady_clock::now() + limit;
    int ready = 0;
    while (ready == 0 && steady_clock::now() < end) {
      ready = poll(watched.data(), watched.size(), static_cast<int>(kLookAtMemory.count()));
      memory_.look();
    }
    if (ready > 0 && watched[1].revents == 0) return {};
    return ready > 0 ? common::fail(common::ErrorCode::Unavailable, "a signal came first")
                     : common::fail(common::ErrorCode::Timeout, "it took too long");
  }

  // --- The end

  struct Retired {
    std::unique_ptr<Running> running;
    steady_clock::time_point since;
  };

  void retire(std::unique_ptr<Running> running) {
    retired_.push_back({std::move(running), steady_clock::now()});
  }

  void end_retired() {
    const auto now = steady_clock::now();
    std::erase_if(retired_, [&](const Retired& one) {
      const bool idle = one.since + kLeastRetirement <= now && !one.running->owes();
      return idle || one.since + settings_.process.drain_timeout <= now;
    });
  }

  void wait_for_retired() {
    while (!retired_.empty() && !next_signal()) {
      wait();
      end_retired();
    }
  }

  /// Sessions may end by themselves until the time is up, or a second signal comes.
  void drain() {
    if (!running_) return;
    tell_service_manager("STOPPING=1");
    running_->drain();
    const auto end = steady_clock::now() + settings_.process.drain_timeout;
    while (running_->busy() > 0 && steady_clock::now() < end) {
      pollfd watched{signals_.get(), POLLIN, 0};
      poll(&watched, 1, static_cast<int>(kLook.count()));
      memory_.look();
      const auto signal = next_signal();
      if (signal == SIGTERM || signal == SIGINT) break;
    }
  }

  Figures figures() {
    return [this](common::MetricsPage& page) {
      last_reload_.describe(page);
      memory_.describe(page);
    };
  }

  const std::string file_;
  config::Settings settings_;
  const Roles roles_;
  const Programs programs_;
  LastReload last_reload_;
  common::MemoryWatch memory_{settings_.process.max_memory_bytes};
  UniqueFd signals_ = signals_as_descriptor();
  UniqueFd gate_;
  std::unique_ptr<Running> running_;
  std::vector<Retired> retired_;
  NextProcess next_;
  bool ended_ = false;
  bool handed_over_ = false;
};

/// What the embedded Marathon runs may be anything.
Programs refuse_calls(const config::Settings& settings, Roles roles) {
  if (!settings.process.seccomp || roles.marathon) return Programs::Allowed;
  const auto programs = needs_programs(settings).empty() ? Programs::Refused : Programs::Allowed;
  const auto refused = refuse_system_calls(programs);
  if (refused) return programs;
  log::warn("{}; going on without", refused.error().message);
  return Programs::Allowed;
}

}  // namespace

Expected<void> run_process(const std::string& file, const config::Settings& settings, Roles roles) {
  if (auto dropped =
          drop_privileges(settings, roles.vips ? Needs::LowPortsAndRoutes : Needs::LowPorts);
      !dropped)
    return dropped;
  if (access(file.c_str(), R_OK) != 0) {
    log::warn("config={} cannot be read by process.user={}: SIGHUP will change nothing",
              file,
              settings.process.user);
  }
  Process process(file, settings, roles, refuse_calls(settings, roles));
  if (auto begun = process.begin(); !begun) return begun;
  process.run();
  return {};
}

}  // namespace signpost
