#include "signpost/query.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <random>
#include <utility>

#include "common/ip.h"
#include "config/nearest.h"
#include "dnsd/wire/message_text.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/record_json.h"
#include "dnsd/wire/text.h"
#include "signpost/admin_client.h"
#include "signpost/look.h"
#include "signpost/lookup.h"
#include "signpost/output.h"

namespace signpost {
namespace {

namespace json = boost::json;
using common::ErrorCode;
using common::Expected;
using common::fail;
using common::SocketAddress;
using std::chrono::steady_clock;

constexpr std::uint16_t kDnsPort = 53;

/// One question and what came back.
struct Exchange {
  SocketAddress server;
  dnsd::Name name;
  dnsd::RrType type{};
  dnsd::MessageText reply = {};
  double milliseconds = 0;
};

Expected<SocketAddress> read_server(const std::string& text) {
  if (const auto address = SocketAddress::parse(text)) return *address;
  if (const auto ip = common::IpAddress::parse(text)) return SocketAddress{*ip, kDnsPort};
  return fail(
      ErrorCode::InvalidInput,
      fmt::format("--dns {}: expected an address such as 127.0.0.1:5300 or [::1]:53", text));
}

/// A server that listens everywhere is reached at the loopback address.
common::IpAddress reached_at(const common::IpAddress& listens) {
  if (!listens.is_unspecified()) return listens;
  return common::IpAddress::parse(listens.is_v6() ? "::1" : "127.0.0.1").value();
}

/// Where the configuration of the running Signpost says that its dnsd listens.
Expected<SocketAddress> find_server(const Desk& desk) {
  const auto config = ask_admin(desk, "/v1/config");
  if (!config) {
    return fail(config.error().code, config.error().message + ", or a DNS server with --dns");
  }
  const auto* listener = config->if_contains("Listener");
  const auto* port = config->if_contains("Port");
  const auto ip = listener != nullptr && listener->is_string()
                      ? common::IpAddress::parse(text(*config, "Listener"))
                      : std::nullopt;
  const auto number =
      port != nullptr && port->is_int64() ? static_cast<std::uint16_t>(port->as_int64()) : 0;
  if (ip && number != 0) return SocketAddress{reached_at(*ip), static_cast<std::uint16_t>(number)};
  return fail(ErrorCode::Unavailable,
              desk.admin + " does not say where its dnsd listens; name a server with --dns");
}

std::uint16_t any_id() {
  std::random_device device;
  return static_cast<std::uint16_t>(device());
}

Expected<Exchange> ask(const SocketAddress& server, const dnsd::Name& name, dnsd::RrType type) {
  const auto begin = steady_clock::now();
  const auto octets =
      signpost::exchange(server, dnsd::make_query(std::string(name.wire()), type, any_id()));
  if (!octets) return tl::unexpected(octets.error());
  const std::chrono::duration<double, std::milli> took = steady_clock::now() - begin;
  auto reply = dnsd::read_message(*octets);
  if (!reply) {
    return fail(ErrorCode::Unavailable, server.to_string() + " answers what is no DNS message");
  }
  return Exchange{server, name, type, std::move(*reply), took.count()};
}

std::string lines_of(const std::vector<dnsd::RecordText>& records) {
  std::string lines;
  for (const dnsd::RecordText& record : records) {
    lines += fmt::format(
        "{} {} IN {} {}\n", record.owner, record.ttl_s, dnsd::type_text(record.type), record.data);
  }
  return lines;
}

std::string in_words(const Exchange& exchange) {
  const dnsd::MessageText& reply = exchange.reply;
  std::string words = fmt::format(";; {} {}: {}{}{}, {} from {} in {:.1f} ms\n",
                                  exchange.name.to_text(),
                                  dnsd::type_text(exchange.type),
                                  dnsd::rcode_text(reply.rcode),
                                  reply.header.authoritative ? ", authoritative" : "",
                                  reply.header.truncated ? ", truncated" : "",
                                  count_of(reply.answers.size(), "answer"),
                                  exchange.server.to_string(),
                                  exchange.milliseconds);
  words += lines_of(reply.answers);
  if (!reply.authorities.empty()) words += ";; authority\n" + lines_of(reply.authorities);
  if (!reply.additionals.empty()) words += ";; additional\n" + lines_of(reply.additionals);
  return words;
}

json::object as_json(const Exchange& exchange) {
  const dnsd::MessageText& reply = exchange.reply;
  return {{"name", exchange.name.to_text()},
          {"type", dnsd::type_text(exchange.type)},
          {"server", exchange.server.to_string()},
          {"milliseconds", exchange.milliseconds},
          {"rcode", dnsd::rcode_text(reply.rcode)},
          {"authoritative", reply.header.authoritative},
          {"truncated", reply.header.truncated},
          {"answers", dnsd::records_json(reply.answers)},
          {"authorities", dnsd::records_json(reply.authorities)},
          {"additionals", dnsd::records_json(reply.additionals)}};
}

Expected<dnsd::RrType> read_type(const std::string& text) {
  const auto type = dnsd::parse_type(text);
  if (type && !dnsd::is_transfer(*type) && *type != dnsd::RrType::Opt) return *type;
  if (type) return fail(ErrorCode::InvalidInput, text + " cannot be asked for here; dig can");
  const auto near = config::nearest(text, dnsd::type_names());
  return fail(ErrorCode::InvalidInput,
              fmt::format("'{}' is no type of records{}; A, AAAA, SRV or TYPE123, for instance",
                          text,
                          near ? "; did you mean " + *near + "?" : ""));
}

}  // namespace

Expected<std::string> query(const Desk& desk, const QueryOptions& options) {
  const auto name = dnsd::Name::from_text(options.name);
  if (!name) {
    return fail(
        ErrorCode::InvalidInput,
        fmt::format("'{}' is no domain name: labels of 1 to 63 octets between dots", options.name));
  }
  const auto type = read_type(options.type.empty() ? usual_type(options.name) : options.type);
  if (!type) return tl::unexpected(type.error());
  const auto server = options.server.empty() ? find_server(desk) : read_server(options.server);
  if (!server) return tl::unexpected(server.error());
  const auto exchange = ask(*server, *name, *type);
  if (!exchange) return tl::unexpected(exchange.error());
  return desk.as_json ? json::serialize(as_json(*exchange)) + "\n" : in_words(*exchange);
}

}  // namespace signpost
