#include "watcher/vips/port_options.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "common/parse.h"
#include "config/server_name.h"
#include "config/types.h"
#include "watcher/vips/label_table.h"

namespace watcher {
namespace {

constexpr std::string_view kOurs = "SIGNPOST_";
constexpr std::string_view kTheirs = "HAPROXY_";

std::optional<std::uint32_t> parse_weight(std::string_view text) {
  const auto weight = common::parse_integer<std::uint32_t>(text);
  return weight && *weight <= kMaxWeight ? weight : std::nullopt;
}

bool read_weight(std::string_view text, PortOptions& into) {
  into.weight = parse_weight(text);
  return into.weight.has_value();
}

template <auto kOption>
bool read(std::string_view text, PortOptions& into) {
  auto& option = into.*kOption;
  const auto value = config::Type<typename std::decay_t<decltype(option)>::value_type>::parse(text);
  if (value) option = *value;
  return value.has_value();
}

bool read_drain(std::string_view text, PortOptions& into) {
  const auto rule = parse_drain(text);
  if (!rule) return false;
  into.drain = rule->what;
  into.drain_timeout = rule->limit;
  return true;
}

/// In lower case, without blanks.
bool read_server_names(std::string_view text, PortOptions& into) {
  std::string names;
  while (true) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const auto name = config::as_server_name(text.substr(0, comma));
    if (!name) return false;
    names += (names.empty() ? "" : ",") + *name;
    if (comma == text.size()) break;
    text.remove_prefix(comma + 1);
  }
  into.server_names = names;
  return true;
}

/// How the labels of label_table.h that are for VIPs are read. Checks and TTLs are read, and
/// reported, by who needs them.
struct Row {
  std::string_view what;
  bool (*read)(std::string_view text, PortOptions& into);  // False: no such value.
};
constexpr std::array<Row, 6> kRows{{{"ACCEPT_PROXY", read<&PortOptions::accept_proxy>},
                                    {"BALANCE", read<&PortOptions::balance>},
                                    {"DRAIN", read_drain},
                                    {"SEND_PROXY", read<&PortOptions::send_proxy>},
                                    {"SNI", read_server_names},
                                    {"WEIGHT", read_weight}}};

bool is_readable(std::string_view what, std::string_view value) {
  const auto row =
      std::find_if(kRows.begin(), kRows.end(), [what](const Row& r) { return r.what == what; });
  PortOptions ignored;
  return row == kRows.end() || row->read(value, ignored);
}

/// HAProxy's algorithms, as far as they make sense for connections.
std::optional<config::Balance> haproxy_balance(std::string_view name) {
  using config::Balance;
  if (name == "roundrobin" || name == "static-rr") return Balance::WeightedRoundRobin;
  if (name == "leastconn") return Balance::LeastConnections;
  if (name == "source") return Balance::Source;
  if (name == "random(1)") return Balance::Random;
  if (name == "random" || name == "random(2)") return Balance::TwoChoices;
  return std::nullopt;
}

bool has_prefix(const Labels& labels, std::string_view prefix) {
  const auto first = labels.lower_bound(prefix);
  return first != labels.end() && first->first.starts_with(prefix);
}

/// A key such as SIGNPOST_WEIGHT or SIGNPOST_0_WEIGHT without its prefix, in two parts.
struct Key {
  std::optional<std::size_t> index;
  std::string_view what;
};
Key split(std::string_view key, std::string_view prefix) {
  key.remove_prefix(prefix.size());
  const std::size_t end = key.find('_');
  if (end == std::string_view::npos) return {{}, key};
  const auto index = common::parse_integer<std::size_t>(key.substr(0, end));
  return index ? Key{index, key.substr(end + 1)} : Key{{}, key};
}

void follow_haproxy(const Labels& labels, std::size_t index, PortOptions& into) {
  if (into.balance) return;
  const auto* sticky = find_label(labels, fmt::format("HAPROXY_{}_STICKY", index));
  if (sticky != nullptr && *sticky == "true") {
    into.balance = config::Balance::Source;
  } else if (const auto* name = find_label(labels, fmt::format("HAPROXY_{}_BALANCE", index))) {
    into.balance = haproxy_balance(*name);
  }
}

std::string known_words() {
  std::string words;
  for (const LabelRow& row : label_table()) {
    if (row.family != LabelFamily::Ours) continue;
    words += fmt::format("{}{}", words.empty() ? "" : ", ", row.key);
  }
  return words;
}

/// `port`: whose labels these are; none for those of the app.
void report_ours(const Task& task,
                 const Labels& labels,
                 std::optional<std::size_t> port,
                 Bindings& out) {
  for (auto label = labels.lower_bound(kOurs);
       label != labels.end() && label->first.starts_with(kOurs);
       ++label) {
    const Key key = split(label->first, kOurs);
    const LabelRow* row = key.index && port ? nullptr : find_label_row(LabelFamily::Ours, key.what);
    if (row == nullptr) {
      out.problems.push_back(
          problem_at(task, port, *label, "no such label; there are " + known_words()));
    } else if (!is_readable(key.what, label->second)) {
      out.problems.push_back(problem_at(task, port, *label, "expected " + std::string(row->value)));
    }
  }
}

/// Why a label of marathon-lb has no effect; empty when it has one.
std::string unheeded(const Key& key, const std::string& value) {
  const LabelRow* row = find_label_row(LabelFamily::MarathonLb, key.what);
  if (row == nullptr) row = find_label_row(LabelFamily::MarathonLb, "<TEMPLATE>");
  if (row->heed == Heed::Ignored) return fmt::format("not honoured: {}", row->text);
  if (key.what == "MODE" && value != "tcp") return "not honoured: connections are relayed as TCP";
  if (key.what == "BALANCE" && !haproxy_balance(value)) {
    return "not honoured: write roundrobin, leastconn, source or random";
  }
  return {};
}

void report_theirs(const Task& task, const std::set<std::size_t>& opened, Bindings& out) {
  for (auto label = task.labels->lower_bound(kTheirs);
       label != task.labels.end() && label->first.starts_with(kTheirs);
       ++label) {
    const Key key = split(label->first, kTheirs);
    if (!key.index || !opened.contains(*key.index)) continue;
    if (std::string reason = unheeded(key, label->second); !reason.empty())
      out.problems.push_back(problem_at(task, key.index, *label, std::move(reason)));
  }
}

}  // namespace

std::optional<config::DrainRule> parse_drain(std::string_view text) {
  if (const auto what = config::Type<config::Drain>::parse(text)) return {{*what}};
  const auto limit = config::Type<config::Milliseconds>::parse(text);
  if (!limit || limit->count() < 0) return std::nullopt;
  return {{config::Drain::Wait, *limit}};
}

std::string print_drain(const config::DrainRule& rule) {
  return rule.limit ? config::Type<config::Milliseconds>::print(*rule.limit)
                    : config::Type<config::Drain>::print(rule.what);
}

std::optional<Labels::value_type> port_label(const Task& task,
                                             std::size_t port,
                                             std::size_t index,
                                             std::string_view what) {
  const std::string plain = fmt::format("{}{}", kOurs, what);
  if (const auto* value = find_label(task.ports[port].labels, plain)) return {{plain, *value}};
  const std::string numbered = fmt::format("{}{}_{}", kOurs, index, what);
  if (const auto* value = find_label(task.labels, numbered)) return {{numbered, *value}};
  if (const auto* value = find_label(task.labels, plain)) return {{plain, *value}};
  return std::nullopt;
}

std::optional<std::uint32_t> weight_of(const Task& task, std::optional<std::size_t> port) {
  if (!port) {
    const std::string* value = find_label(task.labels, "SIGNPOST_WEIGHT");
    return value == nullptr ? std::nullopt : parse_weight(*value);
  }
  if (!has_prefix(task.labels, kOurs) && !has_prefix(task.ports[*port].labels, kOurs)) {
    return std::nullopt;
  }
  const auto label = port_label(task, *port, definition_indexes(task)[*port], "WEIGHT");
  return label ? parse_weight(label->second) : std::nullopt;
}

PortOptions port_options(const Task& task, const Binding& binding) {
  PortOptions options;
  if (!binding.port) return options;
  const bool any = has_prefix(task.labels, kOurs) || has_prefix(task.labels, kTheirs) ||
                   has_prefix(task.ports[*binding.port].labels, kOurs);
  if (!any) return options;
  const std::size_t index = definition_indexes(task)[*binding.port];
  for (const Row& row : kRows) {
    if (const auto label = port_label(task, *binding.port, index, row.what)) {
      row.read(label->second, options);
    }
  }
  if (binding.kind == VipKind::ServicePort) follow_haproxy(task.labels, index, options);
  return options;
}

void report_port_options(const Task& task, Bindings& out) {
  const std::vector<std::size_t> definitions = definition_indexes(task);
  std::set<std::size_t> ports;
  std::set<std::size_t> opened;  // Indexes of service ports.
  for (const Binding& binding : out.bindings) {
    if (!binding.port) continue;
    ports.insert(*binding.port);
    if (binding.kind == VipKind::ServicePort) opened.insert(definitions[*binding.port]);
  }
  if (!out.bindings.empty()) report_ours(task, task.labels, {}, out);
  for (const std::size_t port : ports)
    report_ours(task, task.ports[port].labels, definitions[port], out);
  report_theirs(task, opened, out);
}

}  // namespace watcher
