#include "config/schema.h"

#include "config/rows/rows.h"

namespace config {

std::vector<Section> schema() {
  return {rows::marathon(),
          rows::mesos(),
          rows::file(),
          rows::state(),
          rows::dns(),
          rows::vip(),
          rows::probe(),
          rows::admin(),
          rows::log(),
          rows::minimarathon()};
}

std::vector<Relation> relations() {
  return {
      {{"probe.timeout", "probe.interval"},
       "must be at most",
       [](const Settings& s) { return s.probe.timeout <= s.probe.interval; }},
      {{"minimarathon.first_port", "minimarathon.last_port"},
       "must be at most",
       [](const Settings& s) { return s.minimarathon.first_port <= s.minimarathon.last_port; }},
      {{"minimarathon.agents"},
       "must name an address",
       [](const Settings& s) { return !s.minimarathon.agents.empty(); }},
      {{"dns.mesos_domain", "dns.dcos_domain"},
       "must differ from",
       [](const Settings& s) { return s.dns.mesos_domain != s.dns.dcos_domain; }},
  };
}

}  // namespace config
