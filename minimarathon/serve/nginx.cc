#include "minimarathon/serve/host.h"
#include "minimarathon/serve/servers.h"

namespace minimarathon::serve {
namespace {

constexpr std::string_view kPage = R"(<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>A web server is here</title></head>
<body>
<h1>A web server is here</h1>
<p>This page stands in for the one that the nginx image shows first. You have found the task.</p>
</body>
</html>
)";

}  // namespace

int run_nginx() {
  Host host("nginx");
  const auto listen = first_listen(80);
  if (!listen) return host.give_up(listen.error());
  const auto serving =
      host.serve(listen->address, [&host](const http::Request& request, auto responder) {
        const bool is_page = request.path() == "/" || request.path() == "/index.html";
        if (is_page) return responder->send(host.answer(200, "text/html", std::string(kPage)));
        responder->send(host.answer(404, "text/plain", "there is only the page /\n"));
      });
  if (!serving) return host.give_up(serving.error());
  return host.run();
}

}  // namespace minimarathon::serve
