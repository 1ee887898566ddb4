#include "minimarathon/minimarathon.h"

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <utility>

#include "http/server.h"
#include "minimarathon/api.h"
#include "minimarathon/ensemble.h"
#include "minimarathon/faults.h"

namespace minimarathon {
namespace {

using common::ErrorCode;
using common::Expected;
namespace fs = std::filesystem;

/// A directory of our own below the system's for temporary files; gone with this object.
class Sandboxes {
 public:
  static Expected<Sandboxes> create() {
    std::string path = (fs::temp_directory_path() / "signpost-XXXXXX").string();
    if (!mkdtemp(path.data()))
      return common::fail_errno("cannot make " + path + "; set TMPDIR", errno);
    return Sandboxes(std::move(path));
  }
  Sandboxes(Sandboxes&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Sandboxes& operator=(Sandboxes&&) = delete;
  ~Sandboxes() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit Sandboxes(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::string own_executable() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).string();
}

/// Members in the order they need one another; the processes end before their sandboxes go.
class Embedded final : public MiniMarathon {
 public:
  Embedded(const config::EmbeddedMarathon& options, Sandboxes sandboxes)
      : options_(options),
        sandboxes_(std::move(sandboxes)),
        bus_(io_,
             {.heartbeat = options_.heartbeat,
              .buffer = static_cast<std::size_t>(options_.event_buffer),
              .leader = leader_}),
        events_(bus_),
        deployments_(bus_),
        scheduler_(
            io_, options_, {own_executable(), sandboxes_.path()}, store_, {deployments_, events_}),
        api_({store_, scheduler_, deployments_, events_, bus_, leader_, options_.task_killing}),
        ensemble_(io_,
                  options_.standby_mode,
                  leader_,
                  {.handle = [this](const http::Request& request,
                                    const auto& responder) { handle(request, responder); },
                   .lose_leader = [this] { lose_leader(); }}) {}

  ~Embedded() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  Expected<void> start() {
    std::vector<common::SocketAddress> addresses = options_.standbys;
    addresses.insert(addresses.begin(), options_.listen);
    const auto port = ensemble_.start(addresses);
    if (!port) {
      const char* advice = "; change minimarathon.listen or minimarathon.standbys";
      return common::fail(port.error().code, port.error().message + advice);
    }
    port_ = *port;
    thread_ = std::thread([this] { io_.run(); });
    return {};
  }

  std::uint16_t port() const override { return port_; }

 private:
  void handle(const http::Request& request, const std::shared_ptr<http::Responder>& responder) {
    if (options_.faults && request.path() == "/faults") {
      return responder->send(set_faults(request, bus_));
    }
    api_.handle(request, responder);
  }
  void lose_leader() {
    bus_.close_all();
    scheduler_.forget_health();
  }

  config::EmbeddedMarathon options_;
  Sandboxes sandboxes_;
  std::string leader_;
  boost::asio::io_context io_{1};
  EventBus bus_;
  Events events_;
  Deployments deployments_;
  Store store_;
  Scheduler scheduler_;
  Api api_;
  Ensemble ensemble_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace

Expected<std::unique_ptr<MiniMarathon>> MiniMarathon::start(
    const config::EmbeddedMarathon& options) {
  if (options.agents.empty())
    return common::fail(ErrorCode::InvalidInput, "minimarathon.agents is empty");
  auto sandboxes = Sandboxes::create();
  if (!sandboxes) return tl::unexpected(sandboxes.error());
  auto marathon = std::make_unique<Embedded>(options, std::move(*sandboxes));
  if (auto started = marathon->start(); !started) return tl::unexpected(started.error());
  return marathon;
}

}  // namespace minimarathon
