#include "watcher/fixed/source.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace watcher {
namespace {

constexpr const char* kSource = "config";

/// "/postgres:5432" -> "postgres".
std::string name_of(std::string_view vip) {
  vip = vip.substr(0, vip.rfind(':'));
  while (vip.starts_with('/')) vip.remove_prefix(1);
  return std::string(vip);
}

Task task_of(const config::FixedVip& vip, const common::SocketAddress& backend) {
  Task task;
  task.key = {kSource, vip.vip + (vip.udp ? "/udp@" : "@") + backend.to_string()};
  task.name = name_of(vip.vip);
  task.discovery_name = task.name;
  task.app = vip.vip;
  task.framework = kSource;
  task.state = TaskState::Running;
  task.agent_addresses = {backend.ip};
  task.addresses = {backend.ip};
  task.host_ports = {backend.port};

  TaskPort& port = task.ports.emplace_back();
  port.port = backend.port;
  port.protocol = vip.udp ? Protocol::Udp : Protocol::Tcp;
  Labels labels(vip.labels.begin(), vip.labels.end());
  labels.emplace("VIP_0", vip.vip);
  port.labels = std::move(labels);
  return task;
}

class FixedSource final : public Source {
 public:
  FixedSource(boost::asio::io_context& io, std::vector<Task> tasks, BatchSink sink)
      : io_(io), tasks_(std::move(tasks)), sink_(std::move(sink)) {}
  ~FixedSource() override { *alive_ = false; }

  void start() override {
    boost::asio::post(io_, [this, alive = alive_] {
      if (*alive) tell();
    });
  }
  SourceStatus status() const override {
    SourceStatus status;
    status.name = kSource;
    status.connected = synced_;
    status.synced = synced_;
    status.resyncs = synced_ ? 1 : 0;
    return status;
  }

 private:
  void tell() {
    synced_ = true;
    sink_({.updates = {Reset{kSource, std::move(tasks_), false}},
           .heard = std::chrono::steady_clock::now()});
  }

  boost::asio::io_context& io_;
  std::vector<Task> tasks_;
  BatchSink sink_;
  bool synced_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::vector<Task> fixed_tasks(std::span<const config::FixedVip> vips) {
  std::vector<Task> tasks;
  for (const config::FixedVip& vip : vips) {
    for (const common::SocketAddress& backend : vip.backends) {
      tasks.push_back(task_of(vip, backend));
    }
  }
  return tasks;
}

std::unique_ptr<Source> make_fixed_source(boost::asio::io_context& io,
                                          const std::vector<config::FixedVip>& vips,
                                          BatchSink sink) {
  return std::make_unique<FixedSource>(io, fixed_tasks(vips), std::move(sink));
}

}  // namespace watcher
