#include "watcher/mesos/question.h"

namespace watcher::mesos {

http::Request make_call(std::string_view type) {
  http::Request request;
  request.method = "POST";
  request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}};
  request.body = R"({"type":")" + std::string(type) + R"("})";
  return request;
}

http::Request make_get() {
  http::Request request;
  request.headers = {{"Accept", "application/json"}};
  return request;
}

}  // namespace watcher::mesos
