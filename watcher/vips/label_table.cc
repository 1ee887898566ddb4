#include "watcher/vips/label_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "config/words.h"

namespace watcher {
namespace {

constexpr LabelFamily kOurs = LabelFamily::Ours;
constexpr LabelFamily kDcos = LabelFamily::Dcos;
constexpr LabelFamily kTheirs = LabelFamily::MarathonLb;

constexpr std::string_view kUnread = "connections are relayed as TCP, unread";
constexpr std::string_view kRouting =
    "connections are relayed as TCP, unread; TLS clients are told apart by SIGNPOST_SNI";
constexpr std::string_view kForZdd = "for zdd.py itself; nothing here depends on it";

constexpr std::array kTable{
    LabelRow{kOurs,
             "SIGNPOST_ACCEPT_PROXY",
             "true or false",
             Heed::Honoured,
             "Whether clients of the VIP begin with a PROXY header (version 1 or 2); without one "
             "they are reset."},
    LabelRow{kOurs,
             "SIGNPOST_BALANCE",
             config::Words<config::Balance>::kList,
             Heed::Honoured,
             "Which backend gets the next connection, as `vip.balance`."},
    LabelRow{kOurs,
             "SIGNPOST_CHECK",
             "a check such as http /health, or the name of one of probe.named",
             Heed::Honoured,
             "How the port is checked."},
    LabelRow{kOurs,
             "SIGNPOST_DNS_TTL",
             "seconds from 0 to 86400",
             Heed::Honoured,
             "The TTL of the app's records, in place of `dns.ttl`. On the app only."},
    LabelRow{kOurs,
             "SIGNPOST_DRAIN",
             "keep, wait, close or a duration such as 30s",
             Heed::Honoured,
             "What becomes of connections to a task that goes, as `vip.drain`."},
    LabelRow{kOurs,
             "SIGNPOST_SEND_PROXY",
             config::Words<config::ProxyVersion>::kList,
             Heed::Honoured,
             "Tasks are told in a PROXY header whose connection they get."},
    LabelRow{kOurs,
             "SIGNPOST_SNI",
             "names such as shop.example.org or *.example.org, by commas",
             Heed::Honoured,
             "TLS clients that ask for these names at `vip.sni_listen` get this VIP."},
    LabelRow{kOurs,
             "SIGNPOST_WEIGHT",
             "a whole number up to 1000000; 0: nothing new",
             Heed::Honoured,
             "The share of the app among those behind the VIP, and the weight of its SRV records."},

    LabelRow{kDcos,
             "VIP_<any>",
             "/NAME:PORT or ADDRESS:PORT",
             Heed::Honoured,
             "On a port: it stands behind that VIP. Whatever follows `VIP` or `vip` in the key, as "
             "in DC/OS; a port may have several."},
    LabelRow{kDcos,
             "VIP_PORT<n>",
             "tcp://NAME:PORT or udp://ADDRESS:PORT",
             Heed::Honoured,
             "On the app, the older way: the same for its n-th port."},

    LabelRow{kTheirs,
             "HAPROXY_GROUP",
             "names by commas",
             Heed::Honoured,
             "Service ports are opened where one of the names is among `vip.groups`."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_GROUP",
             "names by commas",
             Heed::Honoured,
             "The same for one port; it wins over that of the app."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_ENABLED",
             "true, t, yes, y; all else is no",
             Heed::Honoured,
             "Whether the port is opened; without it, yes. `--strict-mode`, where the default is "
             "no, has no counterpart."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_PORT",
             "1 to 65535",
             Heed::Honoured,
             "Where the port is opened, in place of the service port."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_BIND_ADDR",
             "an address or *",
             Heed::Honoured,
             "The address it is opened at, in place of `vip.service_address`."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_BALANCE",
             "roundrobin, static-rr, leastconn, source, random, random(1) or random(2)",
             Heed::Differs,
             "Who gets the next connection, of which there is one for many requests. Other "
             "algorithms of HAProxy are reported. SIGNPOST_BALANCE wins."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_STICKY",
             "true",
             Heed::Differs,
             "Clients keep their backend by their address, not by a cookie."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_MODE",
             "tcp",
             Heed::Differs,
             "http is reported: connections are relayed as TCP, which carries HTTP as it is."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_AUTH",
             "realm:user:hash",
             Heed::Closes,
             "The port stays closed: relayed as TCP it would be open to everybody."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_BACKEND_NETWORK_ALLOWED_ACL",
             "networks by blanks",
             Heed::Closes,
             "The port stays closed: it would be open to everybody."},
    LabelRow{kTheirs,
             "HAPROXY_<n>_BACKEND_HEALTHCHECK_PORT_INDEX",
             "a number",
             Heed::Ignored,
             "name the port to check in SIGNPOST_CHECK, e.g. http /health port=8081"},
    LabelRow{kTheirs,
             "HAPROXY_<n>_BACKEND_WEIGHT",
             "a number",
             Heed::Ignored,
             "it orders HTTP rules; for shares of traffic use SIGNPOST_WEIGHT"},
    LabelRow{kTheirs, "HAPROXY_<n>_VHOST", "names by commas", Heed::Ignored, kRouting},
    LabelRow{kTheirs, "HAPROXY_<n>_PATH", "a path", Heed::Ignored, kUnread},
    LabelRow{kTheirs, "HAPROXY_<n>_REDIRECT_TO_HTTPS", "true", Heed::Ignored, kUnread},
    LabelRow{kTheirs, "HAPROXY_<n>_USE_HSTS", "true", Heed::Ignored, kUnread},
    LabelRow{kTheirs, "HAPROXY_<n>_HTTP_BACKEND_PROXYPASS_PATH", "a path", Heed::Ignored, kUnread},
    LabelRow{kTheirs, "HAPROXY_<n>_HTTP_BACKEND_REVPROXY_PATH", "a path", Heed::Ignored, kUnread},
    LabelRow{kTheirs, "HAPROXY_<n>_HTTP_BACKEND_REDIR", "a path", Heed::Ignored, kUnread},
    LabelRow{kTheirs,
             "HAPROXY_<n>_SSL_CERT",
             "a file",
             Heed::Ignored,
             "TLS is passed on as it is; the backend has to speak it"},
    LabelRow{kTheirs,
             "HAPROXY_<n>_BIND_OPTIONS",
             "HAProxy's words",
             Heed::Ignored,
             "there is no HAProxy; for accept-proxy use SIGNPOST_ACCEPT_PROXY"},
    LabelRow{kTheirs,
             "HAPROXY_<n>_<TEMPLATE>",
             "HAProxy's words",
             Heed::Ignored,
             "there is no configuration of HAProxy into which it could be pasted"},
    LabelRow{kTheirs,
             "HAPROXY_DEPLOYMENT_GROUP",
             "a name",
             Heed::Differs,
             "The apps of a group name one HAPROXY_0_PORT and are pools of it. That as many old "
             "instances rest as new ones are healthy is not copied."},
    LabelRow{kTheirs,
             "HAPROXY_DEPLOYMENT_TARGET_INSTANCES",
             "a number",
             Heed::Differs,
             "How many instances a rollout with `--scale` gives the new app; otherwise for zdd.py "
             "itself."},
    LabelRow{kTheirs, "HAPROXY_DEPLOYMENT_ALT_PORT", "a port", Heed::Ignored, kForZdd},
    LabelRow{kTheirs, "HAPROXY_DEPLOYMENT_COLOUR", "blue or green", Heed::Ignored, kForZdd},
    LabelRow{kTheirs, "HAPROXY_DEPLOYMENT_STARTED_AT", "a time", Heed::Ignored, kForZdd},
    LabelRow{kTheirs, "HAPROXY_DEPLOYMENT_NEW_INSTANCES", "a number", Heed::Ignored, kForZdd},
    LabelRow{kTheirs, "HAPROXY_APP_ID", "a name", Heed::Ignored, kForZdd},
};

/// "BALANCE" of HAPROXY_<n>_BALANCE or SIGNPOST_BALANCE.
std::string_view what_of(const LabelRow& row) {
  constexpr std::string_view kPlace = "<n>_";
  const std::size_t place = row.key.find(kPlace);
  if (place != std::string_view::npos) return row.key.substr(place + kPlace.size());
  return row.key.substr(std::min(row.key.find('_'), row.key.size() - 1) + 1);
}

std::string_view word_of(Heed heed) {
  switch (heed) {
    case Heed::Honoured:
      return "honoured";
    case Heed::Differs:
      return "differs";
    case Heed::Ignored:
      return "not honoured";
    case Heed::Closes:
      return "closes the port";
  }
  return {};
}

std::string section(LabelFamily family, std::string_view title, std::string_view text) {
  std::string lines =
      fmt::format("\n## {}\n\n{}\n\n| label | value | | |\n|---|---|---|---|\n", title, text);
  for (const LabelRow& row : kTable) {
    if (row.family != family) continue;
    lines +=
        fmt::format("| `{}` | {} | {} | {} |\n", row.key, row.value, word_of(row.heed), row.text);
  }
  return lines;
}

}  // namespace

std::span<const LabelRow> label_table() { return kTable; }

const LabelRow* find_label_row(LabelFamily family, std::string_view what) {
  const auto row = std::find_if(kTable.begin(), kTable.end(), [&](const LabelRow& r) {
    return r.family == family && what_of(r) == what;
  });
  return row == kTable.end() ? nullptr : &*row;
}

std::string label_reference() {
  return "# Labels\n\n"
         "Every label that says something to Signpost or to what it replaces. A label that cannot "
         "be used is reported with its app, port and the reason, and costs its app nothing else. "
         "What they mean at length: [names-and-vips.md](../names-and-vips.md). This page is "
         "printed from the table in the code by `signpost check --labels`.\n" +
         section(
             kOurs,
             "Ours",
             "On a port (`SIGNPOST_BALANCE`), on the app for its port n, counted from 0 "
             "(`SIGNPOST_0_BALANCE`), or on the app for all of them; the first of these counts, "
             "and the configuration where there is none.") +
         section(kDcos, "Of DC/OS", "What makes a VIP.") +
         section(kTheirs,
                 "Of marathon-lb",
                 "On the app; n is a port's place among its definitions, from 0. They count for "
                 "apps of a group in `vip.groups`.");
}

}  // namespace watcher
