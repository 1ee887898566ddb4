#include "minimarathon/images.h"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>

#include "minimarathon/serve/servers.h"

namespace minimarathon {

int serve_image(std::string_view name, const std::vector<std::string>& args) {
  if (name == "stand-in") return serve::run_stand_in(args);
  if (name == "bridge") return serve::run_bridge(args);
  if (!args.empty()) {
    fmt::print(stderr, "signpost serve {}: takes no arguments\n", name);
    return EXIT_FAILURE;
  }
  if (name == "simpleservice") return serve::run_simpleservice();
  if (name == "nginx") return serve::run_nginx();
  fmt::print(stderr,
             "signpost serve: '{}' is not a built-in server: simpleservice, nginx, stand-in or "
             "bridge\n",
             name);
  return EXIT_FAILURE;
}

}  // namespace minimarathon
