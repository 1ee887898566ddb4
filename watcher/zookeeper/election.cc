#include "watcher/zookeeper/election.h"

#include <fmt/core.h>

#include <boost/json.hpp>
#include <cstdint>
#include <optional>

#include "common/ip.h"
#include "common/parse.h"
#include "watcher/follow/json.h"

namespace watcher::zookeeper {
namespace {

using common::ErrorCode;
using common::Expected;
using common::fail;

constexpr std::string_view kScheme = "zk://";
constexpr std::string_view kMasterNode = "json.info_";

std::optional<std::uint64_t> sequence_of(std::string_view child) {
  if (!child.starts_with(kMasterNode)) return std::nullopt;
  return common::parse_integer<std::uint64_t>(child.substr(kMasterNode.size()));
}

/// An address as Mesos packs it: network order, read as a little-endian number.
std::string unpack_address(std::uint32_t packed) {
  return fmt::format(
      "{}.{}.{}.{}", packed & 0xff, (packed >> 8) & 0xff, (packed >> 16) & 0xff, packed >> 24);
}

std::string host_of(const json::Object& info) {
  if (const json::Object* address = json::member(info, "address")) {
    for (const char* key : {"ip", "hostname"}) {
      const std::string_view host = json::text(*address, key);
      if (!host.empty()) return std::string(host);
    }
  }
  const auto packed = json::number(info, "ip");
  if (packed && *packed > 0 && *packed <= UINT32_MAX) {
    return unpack_address(static_cast<std::uint32_t>(*packed));
  }
  return std::string(json::text(info, "hostname"));
}

std::uint16_t port_of(const json::Object& info) {
  const json::Object* address = json::member(info, "address");
  const json::Value* port = json::find(address ? *address : info, "port");
  return port == nullptr ? 0 : json::as_port(*port).value_or(0);
}

}  // namespace

Expected<Ensemble> parse_ensemble(std::string_view url) {
  const auto refuse = [](std::string_view what) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("{}; expected zk://10.0.0.1:2181,10.0.0.2:2181/mesos", what));
  };
  if (!url.starts_with(kScheme)) return refuse("it does not begin with zk://");
  std::string_view rest = url.substr(kScheme.size());
  Ensemble ensemble;
  // A secret may hold any character, so what stands before the last @ is not looked into.
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    ensemble.credentials = rest.substr(0, at);
    rest = rest.substr(at + 1);
    if (ensemble.credentials.find(':') == std::string::npos) {
      return refuse("before the @ stands no user:secret");
    }
  }
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash + 1 == rest.size()) {
    return refuse("it has no path after the hosts");
  }
  ensemble.path = rest.substr(slash);
  if (ensemble.path.ends_with('/')) ensemble.path.pop_back();
  rest = rest.substr(0, slash);
  if (rest.empty() || rest.find_first_of(" \t") != std::string_view::npos) {
    return refuse("it names no hosts");
  }
  ensemble.hosts = rest;
  return ensemble;
}

std::string_view leader_of(const std::vector<std::string>& children) {
  std::string_view leader;
  std::optional<std::uint64_t> lowest;
  for (const std::string& child : children) {
    const auto sequence = sequence_of(child);
    if (!sequence || (lowest && *lowest <= *sequence)) continue;
    lowest = sequence;
    leader = child;
  }
  return leader;
}

Expected<http::Url> parse_master(std::string_view master_info) {
  http::Url url;
  const auto read = json::with_object(master_info, [&](const json::Object& info) -> Expected<void> {
    const std::string host = host_of(info);
    const std::uint16_t port = port_of(info);
    if (host.empty() || port == 0) {
      return fail(ErrorCode::InvalidInput, "the leading master's node names no address and port");
    }
    const bool is_v6 = host.find(':') != std::string::npos;
    auto parsed = http::Url::parse("http://" + (is_v6 ? "[" + host + "]" : host) + ":" +
                                   std::to_string(port));
    if (!parsed) return tl::unexpected(parsed.error());
    url = std::move(*parsed);
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return url;
}

}  // namespace watcher::zookeeper
