#include "minimarathon/health_monitor.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "minimarathon/environment.h"

namespace minimarathon {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

CheckKind kind_of(CheckProtocol protocol) {
  switch (protocol) {
    case CheckProtocol::Http:
      return CheckKind::Http;
    case CheckProtocol::Https:
      return CheckKind::Https;
    case CheckProtocol::Tcp:
      return CheckKind::Tcp;
    case CheckProtocol::Command:
      return CheckKind::Command;
  }
  return CheckKind::Tcp;
}

CheckTarget target_of(const Instance& instance,
                      const HealthCheck& check,
                      const std::string& sandbox) {
  const std::uint16_t port =
      check.port_index ? instance.bound_ports[*check.port_index] : check.port;
  CheckTarget target{.kind = kind_of(check.protocol), .address = {instance.address, port}};
  target.path = check.path;
  target.ignore_http_1xx = check.ignore_http_1xx;
  target.timeout = check.timeout;
  if (check.protocol != CheckProtocol::Command) return target;
  target.command = check.command;
  target.env = environment_of(instance, sandbox);
  target.sandbox = sandbox;
  return target;
}

}  // namespace

/// One check of one task, again and again. Dies with its task; nothing is reported after that.
class HealthMonitor::Probe : public std::enable_shared_from_this<Probe> {
 public:
  using Report = std::function<bool(const CheckResult&)>;  // False ends the probing.

  Probe(boost::asio::io_context& io, CheckTarget target, milliseconds interval, Report report)
      : io_(io),
        timer_(io),
        target_(std::move(target)),
        interval_(interval),
        report_(std::move(report)) {}

  void start_after(milliseconds delay) {
    timer_.expires_after(delay);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (self && !error) self->probe();
    });
  }

 private:
  void probe() {
    under_way_ = run_check(io_, target_, [weak = weak_from_this()](const CheckResult& result) {
      const auto self = weak.lock();
      if (self && self->report_(result)) self->start_after(self->interval_);
    });
  }

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  CheckTarget target_;
  milliseconds interval_;
  Report report_;
  std::unique_ptr<http::Operation> under_way_;
};

HealthMonitor::HealthMonitor(boost::asio::io_context& io,
                             OnCheck on_check,
                             OnReadiness on_readiness)
    : io_(io), on_check_(std::move(on_check)), on_readiness_(std::move(on_readiness)) {}
HealthMonitor::~HealthMonitor() = default;

void HealthMonitor::watch(const Instance& instance, const std::string& sandbox) {
  const std::string task = instance.task_id;
  for (std::size_t i = 0; i < instance.app->checks.size(); ++i) {
    const HealthCheck& check = instance.app->checks[i];
    const auto probe = std::make_shared<Probe>(io_,
                                               target_of(instance, check, sandbox),
                                               check.interval,
                                               [this, task, i](const CheckResult& result) {
                                                 on_check_(task, i, result);
                                                 return true;
                                               });
    probes_.emplace(task, probe);
    probe->start_after(check.delay);
  }
  if (const auto& readiness = instance.app->readiness) {
    CheckTarget target{.kind = readiness->https ? CheckKind::Https : CheckKind::Http,
                       .address = {instance.address, instance.bound_ports[readiness->port_index]},
                       .path = readiness->path};
    target.timeout = readiness->timeout;
    const auto probe = std::make_shared<Probe>(
        io_,
        std::move(target),
        readiness->interval,
        [this, task, statuses = readiness->ready_statuses](const CheckResult& result) {
          const bool ready =
              std::find(statuses.begin(), statuses.end(), result.http_status) != statuses.end();
          on_readiness_(task, ready);
          return !ready;
        });
    probes_.emplace(task, probe);
    probe->start_after(std::min<milliseconds>(readiness->interval, seconds(1)));
  }
}

void HealthMonitor::forget(const std::string& task_id) { probes_.erase(task_id); }

}  // namespace minimarathon
