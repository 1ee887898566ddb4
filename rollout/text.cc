#include "rollout/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <optional>
#include <utility>

#include "config/types.h"
#include "watcher/follow/json.h"

namespace rollout {
namespace {

namespace bj = boost::json;
namespace json = watcher::json;
using common::ErrorCode;
using common::Expected;
using common::fail;

template <class Text>
tl::unexpected<common::Error> wrong(const Text& member, std::string_view expected) {
  return fail(ErrorCode::InvalidInput,
              fmt::format("{}: expected {}", std::string_view(member), expected));
}

std::string_view view(bj::string_view text) { return {text.data(), text.size()}; }

using Done = Expected<void>;

Done know_vip(const bj::value&, Plan&) { return {}; }  // read_vip() did.

template <std::string Plan::*kMember>
Done read_pool(const bj::value& value, Plan& plan) {
  if (!value.is_string()) return wrong(kMember == &Plan::to ? "to" : "from", "the id of an app");
  plan.*kMember = json::as_text(value);
  return {};
}

Done read_steps(const bj::value& value, Plan& plan) {
  const json::Array* list = json::as_list(value);
  if (list == nullptr) return wrong("steps", "a list of percents");
  for (const bj::value& step : *list) {
    const auto* number = step.if_int64();
    if (number == nullptr || *number < 1 || *number > 100)
      return wrong("steps", "percents from 1 to 100");
    plan.steps.push_back(static_cast<std::uint32_t>(*number));
  }
  return {};
}

Done read_pause(const bj::value& value, Plan& plan) {
  const auto pause = config::Type<config::Milliseconds>::parse(json::as_text(value));
  if (!pause || pause->count() < 0) return wrong("pause", "a duration such as 60s");
  plan.pause = *pause;
  return {};
}

struct Guard {
  std::string_view name;
  double Guards::*member;
};
constexpr std::array<Guard, 4> kGuards{{{"errors", &Guards::errors},
                                        {"unanswered", &Guards::unanswered},
                                        {"slower", &Guards::slower},
                                        {"failing", &Guards::failing}}};

Done read_guard(std::string_view name, double value, Guards& guards) {
  if (name == "least") {
    guards.least = static_cast<std::uint64_t>(std::clamp(value, 1.0, 1e9));
    return {};
  }
  for (const Guard& guard : kGuards) {
    if (guard.name != name) continue;
    guards.*guard.member = value;
    return {};
  }
  return wrong("guards", "least, errors, unanswered, slower or failing");
}

Done read_guards(const bj::value& value, Plan& plan) {
  const json::Object* object = json::as_object(value);
  if (object == nullptr) return wrong("guards", "an object");
  for (const auto& member : *object) {
    const auto number = json::number(*object, view(member.key()));
    if (!number || !(*number >= 0)) return wrong(view(member.key()), "a number from 0 on");
    if (auto read = read_guard(view(member.key()), *number, plan.guards); !read) return read;
  }
  return {};
}

struct Row {
  std::string_view name;
  Done (*read)(const bj::value& value, Plan& plan);
};
Done read_scale(const bj::value& value, Plan& plan) {
  const json::Object* object = json::as_object(value);
  if (object == nullptr) return wrong("scale", "an object, empty or with limit and delete_old");
  Scale scale;
  for (const auto& member : *object) {
    const std::string_view name = view(member.key());
    if (name == "source") {
      scale.source = json::as_text(member.value());
    } else if (name == "delete_old" && member.value().is_bool()) {
      scale.delete_old = member.value().get_bool();
    } else if (name == "limit") {
      const auto limit = config::Type<config::Milliseconds>::parse(json::as_text(member.value()));
      if (!limit || limit->count() <= 0) return wrong("scale.limit", "a duration such as 300s");
      scale.limit = *limit;
    } else {
      return wrong("scale", "limit, a duration, and delete_old, true or false");
    }
  }
  plan.scale = std::move(scale);
  return {};
}

constexpr std::array<Row, 7> kRows{{{"vip", know_vip},
                                    {"to", read_pool<&Plan::to>},
                                    {"from", read_pool<&Plan::from>},
                                    {"steps", read_steps},
                                    {"pause", read_pause},
                                    {"guards", read_guards},
                                    {"scale", read_scale}}};

bj::object describe(const Guards& guards) {
  bj::object object{{"least", guards.least}};
  for (const Guard& guard : kGuards) object[guard.name] = guards.*guard.member;
  return object;
}

bj::object describe(const Scale& scale) {
  return {{"source", scale.source},
          {"delete_old", scale.delete_old},
          {"limit", config::Type<config::Milliseconds>::print(scale.limit)}};
}

bj::object describe(const Plan& plan) {
  bj::array steps;
  for (const std::uint32_t step : plan.steps) steps.emplace_back(step);
  bj::object object{{"vip", plan.vip.to_string()},
                    {"to", plan.to},
                    {"from", plan.from},
                    {"steps", std::move(steps)},
                    {"pause", config::Type<config::Milliseconds>::print(plan.pause)},
                    {"guards", describe(plan.guards)}};
  if (plan.scale) object["scale"] = describe(*plan.scale);
  return object;
}

constexpr std::array kStates{State::Running, State::Paused, State::Done, State::Aborted};
constexpr std::array kStages{Stage::Growing, Stage::Serving, Stage::Retiring};

std::optional<Sizes> read_sizes(const bj::object& object) {
  const auto read = [&](std::string_view key) -> std::optional<std::uint32_t> {
    const auto number = json::number(object, key);
    if (!number || !(*number >= 0) || *number > 1e6) return std::nullopt;
    return static_cast<std::uint32_t>(*number);
  };
  const auto target = read("target");
  const auto before = read("before");
  return target && before ? std::optional(Sizes{*target, *before}) : std::nullopt;
}

Expected<Stored> read_stored(const bj::object& object) {
  const json::Object* written = json::member(object, "plan");
  if (written == nullptr) return wrong("plan", "an object");
  auto plan = read_plan(*written);
  if (!plan) return tl::unexpected(plan.error());
  if (plan->steps.empty()) return wrong("steps", "at least one");
  Stored stored{.plan = std::move(*plan), .reason = std::string(json::text(object, "reason"))};
  const double step = json::number(object, "step").value_or(0);
  stored.step = static_cast<std::size_t>(
      std::clamp(step, 0.0, static_cast<double>(stored.plan.steps.size() - 1)));
  for (const State state : kStates) {
    if (to_string(state) == json::text(object, "state")) stored.state = state;
  }
  for (const Stage stage : kStages) {
    const bool is_it = to_string(stage) == json::text(object, "stage");
    if (is_it && stored.plan.scale) stored.stage = stage;
  }
  if (const json::Object* sizes = json::member(object, "instances")) {
    stored.sizes = read_sizes(*sizes);
  }
  return stored;
}

}  // namespace

Expected<watcher::VipId> read_vip(const bj::object& object) {
  const auto vip = watcher::VipId::parse(json::text(object, "vip"));
  if (!vip || vip->port == 0) return wrong("vip", "NAME:PORT or ADDRESS:PORT");
  return *vip;
}

Expected<Plan> read_plan(const bj::object& object) {
  auto vip = read_vip(object);
  if (!vip) return tl::unexpected(vip.error());
  Plan plan;
  plan.vip = std::move(*vip);
  for (const auto& member : object) {
    const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& known) {
      return known.name == view(member.key());
    });
    if (row == kRows.end()) {
      return wrong(view(member.key()), "one of vip, to, from, steps, pause, guards and scale");
    }
    if (auto read = row->read(member.value(), plan); !read) return tl::unexpected(read.error());
  }
  if (plan.to.empty()) return wrong("to", "the id of an app");
  return plan;
}

bj::object describe(const Rollout& rollout) {
  bj::object object{{"plan", describe(rollout.plan())},
                    {"state", to_string(rollout.state())},
                    {"step", rollout.step()},
                    {"percent", rollout.percent()},
                    {"reason", rollout.reason()}};
  if (!rollout.plan().scale) return object;
  object["stage"] = to_string(rollout.stage());
  object["waits_for"] = rollout.waits_for();
  if (const auto sizes = rollout.stored().sizes) {
    object["instances"] = bj::object{{"target", sizes->target}, {"before", sizes->before}};
  }
  return object;
}

std::string print(const std::vector<Rollout>& rollouts) {
  bj::array all;
  for (const Rollout& rollout : rollouts) all.push_back(describe(rollout));
  return bj::serialize(bj::object{{"rollouts", std::move(all)}}) + "\n";
}

Expected<std::vector<Stored>> read(std::string_view text) {
  std::vector<Stored> all;
  const auto read = json::with_object(text, [&](const json::Object& root) -> Expected<void> {
    for (const json::Object* object : json::objects(root, "rollouts")) {
      auto stored = read_stored(*object);
      if (!stored) return tl::unexpected(stored.error());
      all.push_back(std::move(*stored));
    }
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return all;
}

}  // namespace rollout
