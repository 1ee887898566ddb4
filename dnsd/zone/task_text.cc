#include "dnsd/zone/task_text.h"

#include <array>
#include <string>
#include <utility>

#include "dnsd/zone/mesos_dns_labels.h"

namespace dnsd {

void add_task_text(const watcher::Task& task,
                   const Name& domain,
                   const Naming& naming,
                   Contribution& out) {
  const std::string framework = mesos_domain_part(task.framework, naming.label_rule);
  const std::string name =
      mesos_label(task.discovery_name.empty() ? task.name : task.discovery_name, naming.label_rule);
  if (name.empty() || is_reserved_framework(framework)) return;  // The names' own scheme tells.
  const std::array<std::pair<std::string_view, std::string_view>, 5> facts{{
      {"id", task.key.id},
      {"app", task.app},
      {"version", task.version},
      {"agent", task.agent_id},
      {"source", task.key.source},
  }};
  std::string rdata;
  for (const auto& [key, value] : facts) {
    if (!value.empty()) append_character_string(rdata, std::string(key) + "=" + std::string(value));
  }
  const std::string canonical =
      mesos_canonical_part(name, mesos_task_hash(task.key.id), mesos_agent_tail(task.agent_id));
  out.add(out.name({canonical, framework}, domain),
          RrType::Txt,
          std::move(rdata),
          naming.health.is_passing(task));
}

}  // namespace dnsd
