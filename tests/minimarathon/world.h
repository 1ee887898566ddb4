#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../http/loop.h"
#include "http/client.h"
#include "minimarathon/minimarathon.h"

namespace minimarathon {

namespace json = boost::json;

/// A text as JSON, to compare with.
inline json::value json_text(std::string_view text) {
  return json::string(text.data(), text.size());
}

/// A member that is text.
inline std::string_view text(const json::object& object, std::string_view key) {
  const json::string& text = object.at(key).as_string();
  return {text.data(), text.size()};
}

/// An embedded Marathon with three agents, and a client that has listened to its event bus from the
/// beginning. Tasks are real processes.
class World {
 public:
  enum class Persona { Plain, TaskKilling };  // Whether the feature task_killing is on.

  explicit World(Persona persona = Persona::TaskKilling) {
    config::EmbeddedMarathon options{};
    options.task_killing = persona == Persona::TaskKilling;
    options.listen = http::kAnyPort;
    for (const std::uint32_t agent : {0x7f000002U, 0x7f000003U, 0x7f000004U}) {
      options.agents.push_back(common::IpAddress::v4(agent));
    }
    options.first_port = 31000;
    options.last_port = 31999;
    options.heartbeat = std::chrono::seconds(10);
    options.kill_grace = std::chrono::seconds(3);
    options.event_buffer = 1024;
    marathon_ = std::move(*MiniMarathon::start(options));
    listen();
  }

  std::uint16_t port() const { return marathon_->port(); }

  http::Response call(const std::string& method,
                      const std::string& target,
                      const std::string& body = "",
                      http::Headers headers = {{"Content-Type", "application/json"}}) {
    std::optional<common::Expected<http::Response>> answer;
    const auto operation = http::fetch(
        io_,
        http::local_url(port(), target),
        {.method = method, .target = target, .headers = std::move(headers), .body = body},
        {},
        [&](common::Expected<http::Response> got) { answer = std::move(got); });
    http::run_until(io_, [&] { return answer.has_value(); });
    if (!*answer) {
      ADD_FAILURE() << answer->error().message;
      return {};
    }
    return std::move(**answer);
  }
  json::value get(const std::string& target) { return json::parse(call("GET", target).body); }
  json::object app(const std::string& id) { return get("/v2/apps" + id).at("app").as_object(); }
  json::array tasks(const std::string& id) {
    return get("/v2/apps" + id + "/tasks").at("tasks").as_array();
  }

  using Wanted = std::function<bool(const json::object&)>;
  /// The next event of that type that is as wanted; those before it are forgotten.
  json::object await(
      std::string_view type, const Wanted& wanted = [](const json::object&) { return true; }) {
    std::optional<json::object> found;
    http::run_until(io_, [&] {
      while (!found && !events_.empty()) {
        json::object event = std::move(events_.front());
        events_.pop_front();
        passed_.push_back(event);
        if (text(event, "eventType") == type && wanted(event)) found = std::move(event);
      }
      return found.has_value();
    });
    return found.value_or(json::object{});
  }
  /// The next status of any task, or of the task named.
  json::object await_status(std::string_view status, std::string_view task = {}) {
    return await("status_update_event", [&](const json::object& event) {
      return text(event, "taskStatus") == status && (task.empty() || text(event, "taskId") == task);
    });
  }
  void deploy(const std::string& method, const std::string& target, const std::string& body) {
    const http::Response response = call(method, target, body);
    ASSERT_LT(response.status, 300) << response.body;
    await_end_of(response);
  }
  /// Waits until the deployment that the response names has succeeded.
  void await_end_of(const http::Response& response) {
    const auto id = http::find_header(response.headers, "Marathon-Deployment-Id");
    await("deployment_success", [&](const json::object& event) { return text(event, "id") == id; });
  }
  /// What await() has passed since this was asked last; in short with status, condition or action.
  std::vector<json::object> passed_events() { return std::exchange(passed_, {}); }
  std::vector<std::string> passed() {
    std::vector<std::string> names;
    for (const json::object& event : passed_events()) names.push_back(name_of(event));
    return names;
  }

 private:
  void listen() {
    const http::Request request{
        .target = "/v2/events", .headers = {{"Accept", "text/event-stream"}}, .body = ""};
    http::StreamHandlers handlers{.on_head = [](const http::Response&) {},
                                  .on_bytes = [this](std::string_view bytes) { take(bytes); },
                                  .on_end = [](const common::Error&) {}};
    stream_ = http::open_stream(io_,
                                http::local_url(port(), "/v2/events"),
                                request,
                                std::chrono::seconds(10),
                                std::move(handlers));
    await("event_stream_attached");
    passed_.clear();
  }

  void take(std::string_view bytes) {
    buffer_ += bytes;
    for (auto end = buffer_.find("\r\n\r\n"); end != std::string::npos;
         end = buffer_.find("\r\n\r\n")) {
      const auto data = buffer_.find("data: ");
      if (data < end)
        events_.push_back(json::parse(buffer_.substr(data + 6, end - data - 6)).as_object());
      buffer_.erase(0, end + 4);
    }
  }

  static std::string name_of(const json::object& event) {
    std::string name(event.at("eventType").as_string());
    for (const char* detail : {"taskStatus", "condition"}) {
      if (event.contains(detail)) name += " " + std::string(event.at(detail).as_string());
    }
    if (const auto* step = event.if_contains("currentStep")) {
      const json::value& action = step->at("actions").at(0).at("action");
      name += " " + std::string(action.as_string());
    }
    return name;
  }

  std::unique_ptr<MiniMarathon> marathon_;
  boost::asio::io_context io_;
  std::unique_ptr<http::Operation> stream_;
  std::string buffer_;
  std::deque<json::object> events_;
  std::vector<json::object> passed_;
};

/// {"id": id, "cmd": "sleep 100", …}: a task that does nothing and ends at once on SIGTERM.
inline std::string sleeper(const std::string& id, const std::string& more = "") {
  return R"({"id": ")" + id + R"(", "cmd": "exec sleep 100")" + (more.empty() ? "" : ", " + more) +
         "}";
}

}  // namespace minimarathon
