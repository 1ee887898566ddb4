#include "admin/service_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "common/parse.h"
#include "config/types.h"

namespace admin {
namespace {

using common::ErrorCode;
using common::Expected;
using common::fail;

bool wants(const Wish& wish, const ServiceId& id) {
  return wish.apps.empty() || wish.apps.contains(*id.app);
}

void write_all(const ServiceLog& log, const Wish& wish, JsonText& out) {
  out.list("services", log.services(), [&](const auto& one) {
    if (wants(wish, one.first)) write(one.first, one.second, out);
  });
}

void write_changes(const ServiceLog::Changes& changes, const Wish& wish, JsonText& out) {
  out.list("changed", changes.changed, [&](const auto& one) {
    if (wants(wish, one->first)) write(one->first, one->second, out);
  });
  out.list("removed", changes.removed, [&](const ServiceId& id) {
    if (!wants(wish, id)) return;
    out.begin_object();
    out.member("framework", *id.framework);
    out.member("app", *id.app);
    out.end_object();
  });
}

Expected<std::chrono::milliseconds> read_wait(const http::Request& request) {
  const auto texts = request.query("wait");
  if (texts.empty()) return std::chrono::milliseconds(0);
  const auto wait = config::Type<config::Milliseconds>::parse(texts.front());
  if (wait && *wait >= std::chrono::milliseconds(0) && *wait <= kMaxWait) return *wait;
  return fail(ErrorCode::InvalidInput,
              fmt::format("wait: expected a duration such as 30s, {} s at most", kMaxWait.count()));
}

Expected<std::set<std::string, std::less<>>> read_apps(const http::Request& request) {
  std::set<std::string, std::less<>> apps;
  for (std::string& app : request.query("app")) {
    if (app.empty()) return fail(ErrorCode::InvalidInput, "app: expected the id of an app: /web");
    apps.insert(std::move(app));
  }
  return apps;
}

}  // namespace

Expected<Wish> ServiceFeed::read_wish(const http::Request& request) const {
  // A browser that reconnects sends the header along with the query that it began with.
  const std::string last(http::find_header(request.headers, "Last-Event-ID"));
  const auto texts = request.query("since");
  Expected<std::optional<std::uint64_t>> since;
  if (!last.empty()) {
    since = read_since("Last-Event-ID", last);
  } else if (!texts.empty()) {
    since = read_since("since", texts.front());
  }
  if (!since) return tl::unexpected(since.error());
  auto apps = read_apps(request);
  if (!apps) return tl::unexpected(apps.error());
  const auto wait = read_wait(request);
  if (!wait) return tl::unexpected(wait.error());
  return Wish{*since, std::move(*apps), *wait};
}

Expected<std::optional<std::uint64_t>> ServiceFeed::read_since(const std::string& name,
                                                               const std::string& text) const {
  const std::size_t end = std::min(text.find('-'), text.size());
  const auto generation = common::parse_integer<std::uint64_t>(text.substr(0, end));
  if (!generation) {
    return fail(ErrorCode::InvalidInput,
                name + ": expected the id of an event, or a generation: a whole number");
  }
  if (end < text.size() && text.substr(end + 1) != run_) return std::optional<std::uint64_t>();
  return std::optional(*generation);
}

bool ServiceFeed::has_news(const Wish& wish) const {
  if (!wish.since || !log_.remembers(*wish.since)) return true;
  if (*wish.since == log_.generation()) return false;
  if (wish.apps.empty()) return true;
  const auto changes = log_.since(*wish.since);
  return std::any_of(changes.changed.begin(),
                     changes.changed.end(),
                     [&](const auto& one) { return wants(wish, one->first); }) ||
         std::any_of(changes.removed.begin(), changes.removed.end(), [&](const ServiceId& id) {
           return wants(wish, id);
         });
}

ServiceFeed::Event ServiceFeed::tell(const Wish& wish) const {
  const bool whole = !wish.since || !log_.remembers(*wish.since);
  Event event{.id = fmt::format("{}-{}", log_.generation(), run_),
              .type = whole ? "snapshot" : "change",
              .data = {}};
  JsonText data;
  data.begin_object();
  data.member("type", event.type);
  data.member("id", event.id);
  data.member("generation", log_.generation());
  data.member("synced", log_.synced());
  if (whole) {
    write_all(log_, wish, data);
  } else {
    write_changes(log_.since(*wish.since), wish, data);
  }
  data.end_object();
  event.data = data.take();
  return event;
}

std::string event_text(const ServiceFeed::Event& event) {
  return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.type, event.data);
}

}  // namespace admin
