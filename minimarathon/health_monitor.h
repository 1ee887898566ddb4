#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "minimarathon/health.h"
#include "minimarathon/instance.h"

namespace minimarathon {

/// Keeps probing running tasks as their apps ask. Says what it found; what follows from that is the
/// scheduler's to decide.
class HealthMonitor {
 public:
  using OnCheck =
      std::function<void(const std::string& task_id, std::size_t check, const CheckResult&)>;
  using OnReadiness = std::function<void(const std::string& task_id, bool ready)>;

  HealthMonitor(boost::asio::io_context& io, OnCheck on_check, OnReadiness on_readiness);
  ~HealthMonitor();

  /// Begins with every check of a task. Readiness is probed until it holds.
  void watch(const Instance& instance, const std::string& sandbox);
  void forget(const std::string& task_id);

 private:
  class Probe;

  boost::asio::io_context& io_;
  OnCheck on_check_;
  OnReadiness on_readiness_;
  std::multimap<std::string, std::shared_ptr<Probe>> probes_;  // By task.
};

}  // namespace minimarathon
