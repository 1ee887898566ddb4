#include "signpost/status.h"

#include <fmt/core.h>

#include <boost/json.hpp>

#include "signpost/admin_client.h"
#include "signpost/output.h"

namespace signpost {
namespace {

namespace json = boost::json;
using common::Expected;

std::string ago(const json::value& seconds) {
  return seconds.is_null() ? "never" : lasting(seconds.to_number<double>()) + " ago";
}

std::string_view state_of(const json::object& all) {
  if (!all.at("synced").as_bool()) return "waiting for the first full state; names get SERVFAIL";
  if (all.at("restored").as_bool())
    return "serving the state of the last run until its sources speak";
  return "in step with its sources";
}

std::string_view state_of_source(const json::object& source) {
  if (source.at("connected").as_bool())
    return source.at("synced").as_bool() ? "connected" : "syncing";
  return source.at("synced").as_bool() ? "lost, its last state is served" : "not reached yet";
}

std::string in_words(const json::object& all) {
  std::string words = fmt::format("{}\n{} tasks, {} virtual IPs, generation {}\n",
                                  state_of(all),
                                  number(all, "tasks"),
                                  number(all, "vips"),
                                  number(all, "generation"));
  for (const json::value& value : all.at("sources").as_array()) {
    const json::object& source = value.as_object();
    words +=
        fmt::format("\n{}: {}\n  heard {}, full state {}, {} events, {} rejected, {} reconnects\n",
                    text(source, "name"),
                    state_of_source(source),
                    ago(source.at("heard_seconds_ago")),
                    ago(source.at("synced_seconds_ago")),
                    number(source, "events"),
                    number(source, "rejected"),
                    number(source, "reconnects"));
    const std::string_view error = text(source, "last_error");
    if (!error.empty()) words += fmt::format("  last error: {}\n", error);
  }
  return words;
}

}  // namespace

Expected<std::string> status(const Desk& desk) {
  const auto answer = ask_admin(desk, "/v1/sources");
  if (!answer) return tl::unexpected(answer.error());
  return desk.as_json ? json::serialize(*answer) + "\n" : in_words(*answer);
}

}  // namespace signpost
