#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
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
#include "watcher/marathon/event.h"
#include "watcher/marathon/inventory.h"
#include "watcher/marathon/link.h"
#include "watcher/marathon/parse.h"
#include "watcher/marathon/question.h"
#include "watcher/marathon/sse.h"
#include "watcher/source.h"

namespace watcher::marathon {

/// Follows one Marathon; the README of this folder tells how.
class Follower final : public FollowerBase {
 public:
  static constexpr std::string_view kSource = "marathon";  // TaskKey::source of all tasks.

  /// seeds  at least one
  Follower(const config::Marathon& options, std::vector<http::Url> seeds, std::uint64_t seed);

  void restore(const std::vector<Task>& tasks) override { inventory_.restore(tasks); }
  void stream_head(const http::Response& head, TimePoint now) override;
  void stream_bytes(std::string_view bytes, TimePoint now) override;
  void stream_ended(const common::Error& why, TimePoint now) override;
  void answered(std::uint64_t id, const Answer& answer, TimePoint now) override;
  void resolved(const std::string& host,
                const common::Expected<std::vector<IpAddress>>& answer,
                TimePoint now) override;
  void tick(TimePoint now) override;

  bool takes_orders() const override { return true; }
  std::optional<Get> order(http::Request request) const override;
  TimePoint next_tick() const override;

 private:
  void dial(TimePoint now);
  void open(http::Url url);
  void lose(const std::string& why, TimePoint now);

  void on_record(const SseRecord& record, TimePoint now);
  void on_event(const Event& event, TimePoint now);
  void on_group_changed(const std::string& group, TimePoint now);
  void mark(const std::string& app, TimePoint now, Haste haste);
  void mark_written(const std::string& app, TimePoint now);
  void mark_many(const std::vector<std::string>& apps, TimePoint now, Haste haste);

  static constexpr std::size_t kMostQuestions = 8;  // Under way at a time.
  bool may_ask() const { return asked_.size() < kMostQuestions; }
  void ask(Question question);
  void ask_everything(TimePoint now);
  void ask_what_is_due(TimePoint now);
  void queue_wanted_versions(TimePoint now);
  void resync_soon(TimePoint now);

  void on_leader(const Answer& answer, TimePoint now);
  void on_everything(const Question& question, const Answer& answer, TimePoint now);
  void on_app(const Question& question, const Answer& answer, TimePoint now);
  void on_group(const Question& question, const Answer& answer, TimePoint now);
  void on_version(const Question& question, const Answer& answer, TimePoint now);
  void on_absent(const Question& question, TimePoint now);
  void take_everything(const Question& question, AppsAnswer everything, TimePoint now);
  void deliver_if_complete(TimePoint now);

  void settle(TimePoint now, TimePoint heard);
  void look_up_hosts(TimePoint now);
  std::string peer() const override { return link_.leader(); }

  config::Marathon options_;
  Link link_;
  SseParser parser_;
  Inventory inventory_;

  // What is to be asked.
  RefreshQueue apps_;
  RefreshQueue groups_;
  HostLookups hosts_;  // Answered by resolved().
  std::deque<Question> versions_;
  TimePoint resync_at_ = TimePoint::max();
  std::map<std::string, std::vector<std::string>> deployments_;  // Under way: id and its apps.

  // What was asked and is not answered.
  std::map<std::uint64_t, Question> asked_;
  std::uint64_t last_id_ = 0;
  std::set<Kind> listing_;          // Of which kinds everything is being asked for.
  bool listed_ = false;             // All of it was asked for and taken on this stream.
  int failures_of_pods_ = 0;        // In a row, of asking for all of them.
  std::set<AppAtVersion> awaited_;  // Definitions without which the full state is not complete.

  bool live_ = false;  // The full state was delivered on this stream.
  TimePoint last_sync_;
};

}  // namespace watcher::marathon
