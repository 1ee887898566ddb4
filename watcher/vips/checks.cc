#include "watcher/vips/checks.h"

#include <map>
#include <string>
#include <utility>

#include "config/check_text.h"
#include "watcher/vips/port_options.h"

namespace watcher {
namespace {

using config::Check;
using config::CheckGreeting;
using config::CheckKind;
using config::SharedCheck;

bool is_over_tcp(CheckKind kind) {
  switch (kind) {
    case CheckKind::Unsaid:
    case CheckKind::Tcp:
    case CheckKind::Tls:
    case CheckKind::Http:
    case CheckKind::Https:
    case CheckKind::Grpc:
      return true;
    default:
      return false;
  }
}

/// The check that a name stands for; as it is when it is no name.
const Check* resolve(const Check& check, const VipRules& rules) {
  if (check.kind != CheckKind::Named) return &check;
  const auto named = rules.named_checks.find(check.subject);
  return named == rules.named_checks.end() ? nullptr : &named->second;
}

/// Either a check or why the label gives none.
config::Parsed<Check> read_label(const std::string& value, const VipRules& rules) {
  const auto check = config::Type<Check>::parse(value);
  if (!check) return tl::unexpected(check.error());
  if (check->kind == CheckKind::Command && !rules.commands_in_labels) {
    return tl::unexpected<config::Hint>(
        "a label may name a command, not hold one: write it into probe.named, or set "
        "probe.commands_in_labels");
  }
  const Check* found = resolve(*check, rules);
  if (found == nullptr) {
    return tl::unexpected<config::Hint>("no kind of check, and no name of probe.named");
  }
  return *found;
}

SharedCheck check_of(
    const Task& task, std::size_t port, std::size_t index, const VipRules& rules, Bindings& out) {
  const auto configured = rules.app_checks.find(task.app);
  if (configured != rules.app_checks.end()) {
    const Check* found = resolve(configured->second, rules);
    if (found != nullptr) return *found;
  }
  if (const auto label = port_label(task, port, index, "CHECK")) {
    auto check = read_label(label->second, rules);
    if (check) return std::move(*check);
    out.problems.push_back(problem_at(task, index, *label, "not used: " + check.error()));
  }
  const SharedCheck& defined = task.ports[port].check;
  const bool counts = rules.follow_definitions && defined->kind != CheckKind::Command;
  return counts ? defined : SharedCheck();
}

}  // namespace

void choose_checks(const Task& task, const VipRules& rules, Bindings& out) {
  if (out.bindings.empty()) return;
  const std::vector<std::size_t> definitions = definition_indexes(task);
  std::map<std::size_t, SharedCheck> chosen;  // By port, which may stand behind several VIPs.
  for (Binding& binding : out.bindings) {
    if (!binding.port) continue;
    const auto [place, is_new] = chosen.try_emplace(*binding.port);
    if (is_new) {
      place->second = check_of(task, *binding.port, definitions[*binding.port], rules, out);
    }
    binding.check = place->second;
  }
}

config::SharedCheck greeting_as(const PortOptions& options, const Binding& binding) {
  const Check& check = *binding.check;
  if (!options.send_proxy || check.send_proxy != CheckGreeting::AsVip || check.port != 0 ||
      binding.id.protocol != Protocol::Tcp || !is_over_tcp(check.kind)) {
    return binding.check;
  }
  Check greeting = check;
  greeting.send_proxy =
      *options.send_proxy == config::ProxyVersion::V1 ? CheckGreeting::V1 : CheckGreeting::V2;
  return greeting;
}

bool is_checked(Protocol protocol, const Check& check) {
  switch (check.kind) {
    case CheckKind::None:
      return false;
    case CheckKind::Unsaid:
      return protocol == Protocol::Tcp;
    default:
      return true;
  }
}

}  // namespace watcher
