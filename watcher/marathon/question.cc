#include "watcher/marathon/question.h"

#include "watcher/marathon/path.h"

namespace watcher::marathon {
namespace {

constexpr const char* kWithTasks = "?embed=apps.tasks&embed=apps.deployments&embed=apps.readiness";
constexpr const char* kWithApps = "?embed=group.groups&embed=group.apps";

}  // namespace

std::string path_of(const Question& question) {
  switch (question.subject) {
    case Subject::Everything:
      return std::string("/v2/apps") + kWithTasks;
    case Subject::App:
      return "/v2/apps" + url_encode(question.id) + kWithTasks;
    case Subject::Group:
      return "/v2/groups" + (question.id == "/" ? "" : url_encode(question.id)) + kWithApps;
    case Subject::Version:
      return "/v2/apps" + url_encode(question.id) + "/versions/" + url_encode(question.version);
  }
  return "";
}

bool is_absent(const Answer& answer) { return answer && answer->status == 404; }

}  // namespace watcher::marathon
