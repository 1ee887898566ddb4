#include "watcher/vips/vip_label.h"

#include <string>
#include <utility>

#include "common/parse.h"
#include "watcher/vips/dcos_names.h"

namespace watcher {
namespace {

using common::ErrorCode;
using common::Expected;
using common::fail;

constexpr std::size_t kMaxName = 253;  // Octets of a DNS name as text, RFC 1035 section 2.3.4.

std::string_view without_brackets(std::string_view host) {
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  return bracketed ? host.substr(1, host.size() - 2) : host;
}

/// An address at which no client can reach a service.
bool is_unusable(const IpAddress& address) {
  return address.is_unspecified() || address.is_loopback() || address.is_multicast() ||
         address == IpAddress::v4(0xffffffffU);
}

bool has_empty_part(std::string_view name) {
  return name.empty() || name.front() == '.' || name.back() == '.' ||
         name.find("..") != std::string_view::npos;
}

Expected<std::string> full_name(std::string_view host, std::string_view framework) {
  const std::string name = dcos_domain_frag(host);
  const std::string scheduler = dcos_domain_frag(framework);
  if (has_empty_part(name)) {
    return fail(ErrorCode::InvalidInput, "each part of the name needs a letter or a digit");
  }
  if (has_empty_part(scheduler)) {
    return fail(ErrorCode::InvalidInput,
                "the framework's name '" + std::string(framework) + "' makes no DNS name");
  }
  if (name.size() + 1 + scheduler.size() > kMaxName) {
    return fail(ErrorCode::InvalidInput, "the name is too long for DNS; shorten it");
  }
  return name + "." + scheduler;
}

}  // namespace

Expected<VipId> parse_vip_label(std::string_view value,
                                std::string_view framework,
                                Protocol protocol) {
  const std::size_t colon = value.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(ErrorCode::InvalidInput, "no port; write NAME:PORT or ADDRESS:PORT");
  }
  const auto port = common::parse_integer<std::uint16_t>(value.substr(colon + 1));
  if (!port || *port == 0) {
    return fail(ErrorCode::InvalidInput, "what follows the last colon is no port from 1 to 65535");
  }
  const std::string_view host = value.substr(0, colon);
  if (const auto address = IpAddress::parse(without_brackets(host))) {
    if (is_unusable(*address)) {
      return fail(ErrorCode::InvalidInput,
                  "a loopback, multicast, broadcast or zero address cannot be a VIP");
    }
    return VipId{.name = {}, .address = *address, .port = *port, .protocol = protocol};
  }
  return full_name(host, framework).map([&](std::string name) {
    return VipId{.name = std::move(name), .address = {}, .port = *port, .protocol = protocol};
  });
}

}  // namespace watcher
