#include "watcher/marathon/question.h"

#include "watcher/marathon/path.h"

namespace watcher::marathon {
namespace {

constexpr const char* kWithTasks = "?embed=apps.tasks&embed=apps.deployments&embed=apps.readiness";
constexpr const char* kWithApps = "?embed=group.groups&embed=group.apps&embed=group.pods";

std::string path_of_pods(const Question& question) {
  switch (question.subject) {
    case Subject::App:
      return "/v2/pods" + url_encode(question.id) + "::status";
    case Subject::Version:
      return "/v2/pods" + url_encode(question.id) + "::versions/" + url_encode(question.version);
    default:
      return "/v2/pods/::status";
  }
}

}  // namespace

std::string path_of(const Question& question) {
  if (question.kind == Kind::Pod) return path_of_pods(question);
  switch (question.subject) {
    case Subject::Leader:
      return "/v2/leader";
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

bool is_unheard_of(const Answer& answer) {
  if (!answer) return false;
  const bool no_route = answer->body.find("URI not found") != std::string::npos;
  return answer->status == 404 || answer->status == 405 || (answer->status == 500 && no_route);
}

}  // namespace watcher::marathon
