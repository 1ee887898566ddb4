#include "watcher/vips/proxy_greeting.h"

namespace watcher {

std::string_view proxy_greeting(config::ProxyVersion version) {
  using std::string_view_literals::operator""sv;
  if (version == config::ProxyVersion::V1) return "PROXY UNKNOWN\r\n"sv;
  return "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"sv;  // Version 2 and LOCAL, no protocol, no length.
}

}  // namespace watcher
