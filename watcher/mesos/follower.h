#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/log.h"
#include "common/result.h"
#include "config/settings.h"
#include "http/message.h"
#include "watcher/follow/base.h"
#include "watcher/follow/host_lookups.h"
#include "watcher/follow/refresh_queue.h"
#include "watcher/mesos/cluster.h"
#include "watcher/mesos/link.h"
#include "watcher/mesos/parse.h"
#include "watcher/mesos/question.h"
#include "watcher/mesos/recordio.h"
#include "watcher/source.h"

namespace watcher::mesos {

/// Follows the masters of one Mesos cluster; the README of this folder tells how.
class Follower final : public FollowerBase {
 public:
  static constexpr std::string_view kSource = "mesos";  // TaskKey::source of all tasks.

  /// seeds  masters, any of which leads to the leader; empty: led_by() tells who leads
  Follower(const config::Mesos& options, std::vector<http::Url> seeds, std::uint64_t seed);

  /// Whoever watches the election has seen this master win it.
  void led_by(const http::Url& leader, TimePoint now);
  /// Nobody leads. The last leader's stream is believed for as long as it lives, and it is dialled
  /// again when that ends: the election may be all that cannot be seen.
  void no_leader(TimePoint now);

  void restore(const std::vector<Task>& tasks) override { cluster_.restore(tasks); }
  void stream_head(const http::Response& head, TimePoint now) override;
  void stream_bytes(std::string_view bytes, TimePoint now) override;
  void stream_ended(const common::Error& why, TimePoint now) override;
  void answered(std::uint64_t id, const Answer& answer, TimePoint now) override;
  void resolved(const std::string& host,
                const common::Expected<std::vector<IpAddress>>& answer,
                TimePoint now) override;
  void tick(TimePoint now) override;

  TimePoint next_tick() const override;

 private:
  /// Something to be asked again and again: when next, and whether it is being asked.
  struct Turn {
    TimePoint due = TimePoint::max();
    bool asking = false;

    void at(TimePoint when) { due = std::min(due, when); }
    bool is_due(TimePoint now) const { return !asking && now >= due; }
    TimePoint next() const { return asking ? TimePoint::max() : due; }
  };

  void connect();
  void open_stream();
  void poll();
  void follow_redirect(std::string_view location, std::string_view path, TimePoint now);
  void lose(const std::string& why, TimePoint now);
  void drop(const std::string& why, TimePoint now);
  void forget_connection();

  void on_record(std::string_view record, TimePoint now);
  void on_oversized(TimePoint now);
  void on_event(Unknown&, TimePoint) {}
  void on_event(Heartbeat&, TimePoint now);
  void on_event(Subscribed& event, TimePoint now);
  void on_event(TaskAdded& event, TimePoint now);
  void on_event(TaskUpdated& event, TimePoint now);
  void on_event(AgentAdded& event, TimePoint now);
  void on_event(AgentRemoved& event, TimePoint now);
  void on_event(FrameworkChanged& event, TimePoint now);
  void on_event(FrameworkRemoved& event, TimePoint now);

  void ask(Subject subject, http::Url url, http::Request request);
  void call(Subject subject, std::string_view type);
  void ask_what_is_due(TimePoint now);
  void resync_soon(TimePoint when);

  void on_state(const Question& question, const Answer& answer, TimePoint now);
  void on_agents(const Question& question, const Answer& answer, TimePoint now);
  void on_frameworks(const Question& question, const Answer& answer, TimePoint now);
  void on_master(const Answer& answer);
  void on_page(const Question& question, const Answer& answer, TimePoint now);
  void take_page(StateFacts state, std::uint64_t stamp, TimePoint now);
  void on_failure(const std::string& what, const common::Error& why, TimePoint now);
  void take_state(StateFacts state, std::uint64_t stamp, TimePoint now);
  void deliver_everything(TimePoint now);

  void settle(TimePoint now);
  void look_up_hosts(TimePoint now);
  std::string peer() const override { return link_.leader(); }

  config::Mesos options_;
  Link link_;
  RecordioParser parser_;
  Cluster cluster_;

  bool polling_;  // Without a stream.
  std::string_view page_ = "/state";
  bool live_ = false;          // The full state was delivered on this connection.
  bool dropped_ = false;       // The stream was given up while its bytes were being read.
  int early_heartbeats_ = 0;   // That came before the state.
  int failures_ = 0;           // Questions in a row that this master did not answer.
  bool knows_leader_ = false;  // By its own word, not by the URL that led to it.
  TimePoint last_sync_;

  // What is to be asked.
  Turn state_;
  Turn agents_;
  Turn frameworks_;
  Turn poll_;
  HostLookups hosts_;  // Answered by resolved().

  // What was asked and is not answered.
  std::map<std::uint64_t, Question> asked_;
  std::uint64_t last_id_ = 0;
};

}  // namespace watcher::mesos
