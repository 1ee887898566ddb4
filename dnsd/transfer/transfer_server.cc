#include "dnsd/transfer/transfer_server.h"

#include <algorithm>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "dnsd/wire/writer.h"

namespace dnsd {
namespace {

constexpr std::array<std::string_view, TransferServer::kResults> kResultNames{
    "whole", "difference", "current", "refused", "busy", "bad_signature"};

std::uint64_t now() { return static_cast<std::uint64_t>(std::time(nullptr)); }

/// A reply of a header and the question.
Response write_error(Rcode rcode, const Query& query, std::span<std::uint8_t> out) {
  Header header;
  header.id = query.header.id;
  header.response = true;
  header.recursion_desired = query.header.recursion_desired;
  header.rcode = rcode;
  MessageWriter writer(out, out.size());
  if (!query.question.empty()) writer.add(Section::Question, query.question);
  return {writer.finish(header), rcode};
}

}  // namespace

struct TransferServer::Exchange {
  const Query& query;
  const RespondOptions& options;
  std::span<std::uint8_t> out;
  std::optional<Signer> signer;
  bool needs_signature;

  bool is_signed() const { return signer.has_value(); }
  Outcome sign(Response response, const Tsig* wrong_time = nullptr) {
    if (signer) response.size = signer->sign(out, response.size, now(), wrong_time);
    return {response, nullptr};
  }
};

TransferServer::Outcome TransferServer::answer(const Query& query,
                                               const RespondOptions& options,
                                               std::span<std::uint8_t> out) {
  const auto keys = keys_.current();
  Exchange exchange{query, options, out, {}, !keys->empty()};
  if (query.tsig_at == 0) return serve(exchange, query.message);

  const auto verdict = verify(query.message, query.tsig_at, *keys, now());
  if (!verdict) return {write_error(Rcode::FormErr, query, out), nullptr};
  if (verdict->error != TsigError::None && verdict->error != TsigError::BadTime) {
    return refuse(exchange, *verdict);
  }
  exchange.signer.emplace(*verdict->key, verdict->tsig);
  if (verdict->error == TsigError::BadTime) {
    count(Result::BadSignature);
    return exchange.sign(write_error(Rcode::NotAuth, query, out), &verdict->tsig);
  }
  return serve(exchange, without_tsig(query.message, query.tsig_at));
}

TransferServer::Outcome TransferServer::refuse(const Exchange& exchange, const Verdict& verdict) {
  count(Result::BadSignature);
  Response response = write_error(Rcode::NotAuth, exchange.query, exchange.out);
  response.size = append_refusal(verdict, exchange.out, response.size);
  return {response, nullptr};
}

TransferServer::Outcome TransferServer::serve(Exchange& exchange,
                                              std::span<const std::uint8_t> request) {
  const Query& query = exchange.query;
  const auto zone = zones_.current();
  if (query.intake == Intake::Answer && is_transfer(query.type) && admits(exchange)) {
    const Zone::Apex* apex = zone->apex_of(query.name.wire());
    if (apex == nullptr || apex->name != query.name.wire()) {
      return exchange.sign(write_error(Rcode::NotAuth, query, exchange.out));  // RFC 5936, 2.2.1
    }
    if (!zone->synced()) return exchange.sign(write_error(Rcode::ServFail, query, exchange.out));
    return transfer(exchange, *apex, zone);
  }
  if (is_transfer(query.type)) count(Result::Refused);
  RespondOptions options = exchange.options;
  options.reserve = exchange.signer ? exchange.signer->size() : 0;
  return exchange.sign(respond(Query(request), *zone, options, exchange.out));
}

/// Over UDP only the question whether there is anything new is answered (RFC 1995 section 2).
bool TransferServer::admits(const Exchange& exchange) const {
  const bool is_datagram = exchange.options.transport == Transport::Udp;
  if (is_datagram && exchange.query.type == RrType::Axfr) return false;
  if (exchange.needs_signature && !exchange.is_signed()) return false;
  return std::any_of(policy_.clients.begin(), policy_.clients.end(), [&](const auto& prefix) {
    return prefix.contains(exchange.options.client);
  });
}

TransferServer::Outcome TransferServer::transfer(Exchange& exchange,
                                                 const Zone::Apex& apex,
                                                 std::shared_ptr<const Zone> zone) {
  TransferContent content = content_for(exchange, apex, std::move(zone));
  if (!content.soa_only && transfers_.load() > kMostTransfers) {
    count(Result::Busy);
    return exchange.sign(write_error(Rcode::ServFail, exchange.query, exchange.out));
  }
  count(content.soa_only            ? Result::Current
        : content.before == nullptr ? Result::Whole
                                    : Result::Difference);
  auto transfer = std::make_unique<Transfer>(
      exchange.query, std::move(content), std::exchange(exchange.signer, std::nullopt));
  Outcome outcome;
  outcome.response.size = transfer->next(exchange.out, now());
  if (!transfer->is_done()) outcome.transfer = std::move(transfer);
  return outcome;
}

TransferContent TransferServer::content_for(const Exchange& exchange,
                                            const Zone::Apex& apex,
                                            std::shared_ptr<const Zone> zone) {
  TransferContent content;
  content.zone = std::move(zone);
  content.apex = &apex;
  content.most_records = policy_.most_records;
  if (exchange.query.type == RrType::Ixfr && exchange.query.soa_serial) {
    const std::uint32_t serial = *exchange.query.soa_serial;
    // RFC 1995 section 2, by the arithmetic of RFC 1982: as new, or newer.
    content.soa_only = static_cast<std::int32_t>(serial - content.zone->serial()) >= 0;
    content.before = history_.find(serial);
  }
  if (exchange.options.transport == Transport::Udp) content.soa_only = true;
  if (content.soa_only) return content;
  ++transfers_;
  content.slot = std::shared_ptr<void>(nullptr, [this](void*) { --transfers_; });
  history_.remember(content.zone);
  return content;
}

void TransferServer::describe(common::MetricsPage& page) const {
  for (std::size_t i = 0; i < kResults; ++i) {
    page.counter("signpost_dnsd_transfers_total",
                 "Questions for whole zones, and signatures that were not good.",
                 static_cast<double>(results_[i].load()),
                 {{"result", std::string(kResultNames[i])}});
  }
  page.gauge("signpost_dnsd_transfers",
             "Zone transfers under way.",
             static_cast<double>(transfers_.load()));
}

}  // namespace dnsd
