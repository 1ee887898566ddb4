#include "signpost/demo.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <cstdio>

#include "common/unique_fd.h"
#include "config/load.h"
#include "signpost/caller.h"
#include "signpost/lookup.h"
#include "signpost/roles.h"
#include "signpost/tour/tour.h"
#include "signpost/wait.h"

namespace signpost {
namespace {

using common::Expected;

bool may_listen_on_port_80() {
  const common::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_storage storage{};
  const auto length =
      common::SocketAddress{common::IpAddress::v4(0x7ffffffe), 80}.to_sockaddr(storage);
  return ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0;
}

DemoPlaces places_of(const config::Settings& settings, const Running& running) {
  const bool owns = running.owns_vip_pool();
  const std::string scheme = settings.admin.tls_certificate_file.empty() ? "http://" : "https://";
  return {.marathon = "http://" + settings.minimarathon.listen.to_string(),
          .dns = settings.dns.listen.front(),
          .admin = scheme + settings.admin.listen.to_string(),
          .dcos_domain = settings.dns.dcos_domain,
          .mesos_domain = settings.dns.mesos_domain,
          .vip_pool = (owns ? settings.vip.pool : settings.vip.fallback_pool).to_string(),
          .owns_vip_pool = owns,
          .low_ports = may_listen_on_port_80()};
}

void print_missing_privileges(const DemoPlaces& places) {
  if (!places.owns_vip_pool) {
    fmt::print(
        "\n  Without CAP_NET_ADMIN the VIPs are loopback addresses, reached from this host only.\n"
        "  With it (sudo ./dev demo) they come from the real pool.\n");
  }
  if (!places.low_ports) {
    fmt::print(
        "\n  The app's VIP port 80 stays closed: the kernel keeps ports below 1024 for root. Run "
        "as\n"
        "  root, or: sudo sysctl net.ipv4.ip_unprivileged_port_start=80. Until then port 8000 is\n"
        "  open beside it.\n");
  }
}

void print_screen(const DemoPlaces& places, const std::string& vip) {
  const std::string dig = places.dns.ip.to_string() + " -p " + std::to_string(places.dns.port);
  fmt::print("\nSignpost demo\n\n");
  fmt::print("  {:<20} {:<24} {}\n",
             "Marathon (embedded)",
             places.marathon,
             "runs apps as local processes");
  fmt::print("  {:<20} {:<24} {}\n", "dnsd", places.dns.to_string(), "UDP and TCP");
  fmt::print("  {:<20} {:<24} {}\n", "vipd", places.vip_pool, "virtual IPs");
  fmt::print("  {:<20} {:<24} {}\n", "admin", places.admin, "status page, /metrics, /readyz");
  fmt::print("\n  The workshop's app /sise is running. To paste into another terminal:\n\n");
  fmt::print("    dig @{} SRV _sise._tcp.marathon.{}\n", dig, places.mesos_domain);
  fmt::print("    curl http://{}:{}/endpoint0\n", vip, places.vip_port());
  fmt::print("    curl {}/v2/apps/sise\n", places.marathon);
  print_missing_privileges(places);
  fmt::print("\n  Ctrl-C ends everything.\n");
  std::fflush(stdout);
}

Expected<std::string> deploy_sise(const DemoPlaces& places) {
  const auto posted = send_json("POST", places.marathon + "/v2/apps", sise_app(places, 1));
  if (!posted) return tl::unexpected(posted.error());
  if (posted->status != 201) return common::fail(common::ErrorCode::Unavailable, posted->body);
  std::string vip;
  const bool answers = wait_until([&] {
    const auto found = lookup_a(places.dns, "sise.marathon.l4lb." + places.dcos_domain);
    if (!found || found->empty()) return false;
    vip = found->front().to_string();
    const auto answer =
        call("http://" + vip + ":" + std::to_string(places.vip_port()) + "/endpoint0");
    return answer && answer->status == 200;
  });
  if (answers) return vip;
  return common::fail(
      common::ErrorCode::Timeout,
      "the app /sise did not become reachable; see " + places.marathon + "/v2/tasks");
}

}  // namespace

config::Settings demo_settings() {
  config::Settings settings = config::defaults();
  settings.dns.listen = {{common::IpAddress::v4(0x7f000001), 5300}};
  settings.vip.service_address = common::IpAddress::v4(0x7f000001);
  settings.log.level = common::log::Level::Error;
  return settings;
}

std::string sise_app(const DemoPlaces& places, int instances) {
  const std::string second = places.low_ports ? "" : R"(, "VIP_1": "/sise:8000")";
  return fmt::format(
      R"({{"id": "/sise", "instances": {}, "cpus": 0.1, "mem": 32,
          "container": {{"type": "DOCKER",
                        "docker": {{"image": "mhausenblas/simpleservice:0.3.0", "network": "HOST"}}}},
          "portDefinitions": [{{"labels": {{"VIP_0": "/sise:80"{}}}}}]}})",
      instances,
      second);
}

Expected<bool> demo(const config::Settings& settings, bool with_tour) {
  const auto running = start(settings, {.dns = true, .vips = true, .marathon = true});
  if (!running) return tl::unexpected(running.error());
  const DemoPlaces places = places_of(settings, **running);
  if (with_tour) return tour(places);
  const auto vip = deploy_sise(places);
  if (!vip) return tl::unexpected(vip.error());
  print_screen(places, *vip);
  wait_for_signal();
  return true;
}

}  // namespace signpost
