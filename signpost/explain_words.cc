#include "signpost/explain_words.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string_view>

#include "signpost/admin_client.h"
#include "signpost/output.h"

namespace signpost {
namespace {

namespace json = boost::json;

std::string str(const json::object& object, std::string_view key) {
  return std::string(text(object, key));
}

std::string join(const json::array& words, std::string_view between) {
  std::string joined;
  for (const json::value& word : words) {
    if (!joined.empty()) joined += between;
    joined += std::string_view(word.as_string().data(), word.as_string().size());
  }
  return joined;
}

std::string dash(const std::string& words) { return words.empty() ? "-" : words; }

/// Lines behind two blanks each.
std::string indented(std::string_view lines) {
  std::string moved;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    moved += fmt::format("  {}\n", lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
  return moved;
}

std::string task_words(const json::object& task) {
  return fmt::format("{} of {}: {}{}",
                     text(task, "id"),
                     text(task, "source"),
                     text(task, "state"),
                     text(task, "health") == "none" ? "" : ", health " + str(task, "health"));
}

std::string check_words(const json::value& check) {
  if (check.is_null()) return "-";
  const json::object& object = check.as_object();
  const json::value* since = object.if_contains("failing_seconds");
  return str(object, "check") +
         (since == nullptr
              ? ""
              : fmt::format(" (not passing for {})", lasting(since->to_number<double>())));
}

std::string age_words(const json::value& seconds) {
  return seconds.is_null() ? "never" : lasting(seconds.to_number<double>()) + " ago";
}

std::string source_words(const json::array& sources) {
  std::string words;
  for (const json::value& value : sources) {
    const json::object& source = value.as_object();
    words += fmt::format("told by {}: {}, heard {}, full state {}\n",
                         text(source, "name"),
                         source.at("connected").as_bool() ? "connected" : "not connected",
                         age_words(source.at("heard_seconds_ago")),
                         age_words(source.at("synced_seconds_ago")));
  }
  return words;
}

std::string not_synced(const json::object& explained) {
  return explained.at("synced").as_bool() ? ""
                                          : "not every source has told its first full state yet\n";
}

/// ---- A name

std::string_view outcome_words(std::string_view outcome) {
  if (outcome == "answer") return "answered";
  if (outcome == "nodata") return "NODATA: there is the name, but nothing of that type";
  if (outcome == "nxdomain") return "NXDOMAIN: there is no such name";
  if (outcome == "servfail") return "SERVFAIL";
  return outcome == "forwarded" ? "forwarded" : "REFUSED";
}

std::string answer_words(const json::object& explained) {
  std::string words;
  for (const json::value& value : explained.at("answer").as_array()) {
    const json::object& record = value.as_object();
    words +=
        fmt::format("{} {} {}\n", text(record, "name"), text(record, "type"), text(record, "data"));
  }
  return indented(words) +
         fmt::format("  TTL {} s, by {}\n", number(explained, "ttl"), text(explained, "ttl_by"));
}

std::string giver_words(const json::object& member) {
  if (const json::value* task = member.if_contains("task")) return task_words(task->as_object());
  if (const json::value* vip = member.if_contains("vip")) {
    return "VIP " + std::string(vip->as_string());
  }
  if (const json::value* source = member.if_contains("source")) {
    return "members of " + std::string(source->as_string());
  }
  return "stands whatever runs";
}

std::string member_words(const json::object& explained) {
  const json::array& members = explained.at("members").as_array();
  if (members.empty()) return {};
  std::string words;
  for (const json::value& value : explained.at("schemes").as_array()) {
    const json::object& scheme = value.as_object();
    const std::string domain = str(scheme, "domain");
    words += fmt::format("made by {}{}\n",
                         text(scheme, "scheme"),
                         domain.empty() ? domain : fmt::format(" (dns.schemes) below {}", domain));
  }
  Table table({"TYPE", "DATA", "ANSWERED", "FROM", "WHY"});
  for (const json::value& value : members) {
    const json::object& member = value.as_object();
    table.add({str(member, "type"),
               str(member, "data"),
               member.at("published").as_bool() ? "yes" : "no",
               giver_words(member),
               dash(str(member, "why"))});
  }
  return words + indented(table.text());
}

std::string nearest_words(const json::object& explained) {
  const json::value* nearest = explained.if_contains("nearest");
  if (nearest == nullptr || nearest->as_array().empty()) return {};
  return "the nearest names: " + join(nearest->as_array(), ", ") + "\n";
}

/// ---- A VIP

std::string weight_words(const json::object& pool) {
  const json::value& weight = pool.at("weight");
  return weight.is_null()
             ? "by its backends"
             : fmt::format("{} by {}", weight.to_number<std::uint64_t>(), text(pool, "weight_by"));
}

std::string pool_words(const json::array& pools) {
  Table table({"POOL",
               "WEIGHT",
               "PASSING",
               "FAILING",
               "DRAINING",
               "SESSIONS",
               "OPEN",
               "FAILURES",
               "EJECTIONS"});
  for (const json::value& value : pools) {
    const json::object& pool = value.as_object();
    const auto count = [&pool](std::string_view key) {
      return pool.contains(key) ? std::to_string(number(pool, key)) : "-";
    };
    table.add({str(pool, "pool"),
               weight_words(pool),
               count("passing"),
               count("failing"),
               count("draining"),
               count("sessions"),
               count("open"),
               count("connect_failures"),
               count("ejections")});
  }
  return indented(table.text());
}

std::string backend_words(const json::array& backends) {
  Table table({"BACKEND", "POOL", "STATE", "OPEN", "CHECK", "TASK", "WHY"});
  for (const json::value& value : backends) {
    const json::object& backend = value.as_object();
    const json::value* task = backend.if_contains("task");
    table.add({str(backend, "endpoint"),
               str(backend, "pool"),
               str(backend, "state"),
               backend.contains("open") ? std::to_string(number(backend, "open")) : "-",
               check_words(backend.at("check")),
               task == nullptr ? "-" : task_words(task->as_object()),
               dash(str(backend, "why"))});
  }
  return table.empty() ? "" : indented(table.text());
}

std::string rollout_words(const json::value& rollout) {
  if (rollout.is_null()) return {};
  const json::object& object = rollout.as_object();
  const json::object& plan = object.at("plan").as_object();
  return fmt::format("a rollout moves clients from {} to {}: {} % now, {}\n",
                     text(plan, "from"),
                     text(plan, "to"),
                     number(object, "percent"),
                     text(object, "state"));
}

/// ---- A service

std::string endpoint_words(const json::array& endpoints) {
  Table table({"ENDPOINT", "PORT", "STATE", "HEALTH", "CHECK", "PASSING", "TASK", "VIPS", "WHY"});
  for (const json::value& value : endpoints) {
    const json::object& endpoint = value.as_object();
    const std::string port = str(endpoint, "port");
    table.add({str(endpoint, "endpoint") + "/" + str(endpoint, "protocol"),
               dash(port),
               str(endpoint, "state"),
               str(endpoint, "health"),
               str(endpoint, "probe"),
               endpoint.at("passing").as_bool() ? "yes" : "no",
               str(endpoint, "task"),
               dash(join(endpoint.at("vips").as_array(), " ")),
               dash(str(endpoint, "why"))});
  }
  return table.empty() ? "  no endpoints\n" : indented(table.text());
}

}  // namespace

std::string endpoints_in_words(const json::object& explained) {
  std::string words = not_synced(explained);
  for (const json::value& value : explained.at("services").as_array()) {
    const json::object& service = value.as_object();
    words += fmt::format("{} of {}, {}\n",
                         text(service, "app"),
                         text(service, "framework"),
                         count_of(number(service, "tasks"), "task"));
    words += endpoint_words(service.at("endpoints").as_array());
  }
  return words;
}

std::string name_in_words(const json::object& explained) {
  const json::value& zone = explained.at("zone");
  const std::string_view outcome = text(explained, "outcome");
  const std::string why = str(explained, "why");
  std::string words = fmt::format("{} {}: {}{}{}\n",
                                  text(explained, "name"),
                                  text(explained, "type"),
                                  outcome_words(outcome),
                                  why.empty() ? "" : "; ",
                                  why);
  if (outcome == "answer") words += answer_words(explained);
  if (!zone.is_null()) {
    words += fmt::format("zone {}, generation {}, dns.health {}\n",
                         std::string_view(zone.as_string()),
                         number(explained, "generation"),
                         text(explained, "health"));
  }
  if (!explained.contains("members")) return words;
  const json::array& aliases = explained.at("aliases").as_array();
  if (!aliases.empty()) words += "taken for " + join(aliases, ", then ") + " (dns.schemes)\n";
  return words + member_words(explained) + nearest_words(explained) +
         source_words(explained.at("sources").as_array());
}

std::string vip_in_words(const json::object& explained) {
  const json::object& balance = explained.at("balance").as_object();
  std::string words = fmt::format("{} at {}:{}: {}\n",
                                  text(explained, "vip"),
                                  text(explained, "address"),
                                  number(explained, "port"),
                                  text(explained, "why"));
  words += not_synced(explained);
  words += fmt::format("address: {}\n", text(explained, "address_why"));
  for (const json::value& label : explained.at("labels").as_array()) {
    words += fmt::format("label: {}\n", std::string_view(label.as_string()));
  }
  const json::array& names = explained.at("names").as_array();
  if (!names.empty()) words += "name: " + join(names, ", ") + "\n";
  words += fmt::format("balance: {}, by {}\n", text(balance, "policy"), text(balance, "by"));
  words += rollout_words(explained.at("rollout"));
  return words + pool_words(explained.at("pools").as_array()) +
         backend_words(explained.at("backends").as_array()) +
         source_words(explained.at("sources").as_array());
}

}  // namespace signpost
