#include "signpost/tour/lab_app.h"

#include <fmt/format.h>

namespace signpost {

std::string lab_app(const LabApp& app) {
  return fmt::format(
      R"({{"id": "{}", "instances": {}, "cpus": 0.1, "mem": 32,
          "container": {{"type": "DOCKER",
                        "docker": {{"image": "mhausenblas/simpleservice:0.4.0", "network": "HOST"}}}},
          "env": {{"HEALTH_MIN": "100", "HEALTH_MAX": "500", "SIMPLE_SERVICE_VERSION": "{}"}},
          "portDefinitions": [{{"name": "main-api", "protocol": "tcp", "port": 0, "labels": {}}}],
          "labels": {}{}}})",
      app.id,
      app.instances,
      app.version,
      app.port_labels,
      app.labels,
      app.more);
}

}  // namespace signpost
