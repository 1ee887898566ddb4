#include "signpost/tour/tour.h"

#include <fmt/core.h>

#include <cstdio>

#include "signpost/tour/chapters.h"

namespace signpost {
namespace {

bool walk(const Step& step) {
  const Seen seen = step.take();
  fmt::print(
      "  {} {:<14} {}\n", seen ? "ok  " : "FAIL", step.name, seen ? *seen : seen.error().message);
  std::fflush(stdout);
  return seen.has_value();
}

bool walk(const Chapter& chapter) {
  fmt::print("{}\n", chapter.title);
  for (const Step& step : chapter.steps) {
    if (!walk(step)) return false;
  }
  return true;
}

}  // namespace

bool tour(const DemoPlaces& places) {
  const Cluster cluster(places);
  for (const auto chapter : {service_discovery, rolling_updates, blue_green, canary}) {
    if (!walk(chapter(cluster))) return false;
  }
  return true;
}

}  // namespace signpost
