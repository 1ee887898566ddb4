#include "signpost/source_metrics.h"

namespace signpost {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point then) {
  return std::chrono::duration<double>(steady_clock::now() - then).count();
}

void describe_sources(const std::vector<watcher::SourceStatus>& statuses,
                      common::MetricsPage& page) {
  for (const watcher::SourceStatus& status : statuses) {
    const common::MetricsPage::Labels labels{{"source", status.name}};
    page.gauge("signpost_watcher_source_connected",
               "1 while the event stream is open and alive.",
               status.connected ? 1 : 0,
               labels);
    if (status.last_heard) {
      page.gauge("signpost_watcher_source_silence_seconds",
                 "Since the source was last heard.",
                 seconds_since(*status.last_heard),
                 labels);
    }
    if (status.last_sync) {
      page.gauge("signpost_watcher_state_age_seconds",
                 "Since the last full state of the source.",
                 seconds_since(*status.last_sync),
                 labels);
    }
    page.counter("signpost_watcher_events_total",
                 "Events read from the source.",
                 static_cast<double>(status.events),
                 labels);
    page.counter("signpost_watcher_rejected_total",
                 "Records skipped as malformed or impossible.",
                 static_cast<double>(status.rejected),
                 labels);
    page.counter("signpost_watcher_resyncs_total",
                 "Full states read from the source.",
                 static_cast<double>(status.resyncs),
                 labels);
    page.counter("signpost_watcher_reconnects_total",
                 "Event streams opened anew.",
                 static_cast<double>(status.reconnects),
                 labels);
  }
}

}  // namespace signpost
