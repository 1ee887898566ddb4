#include "dnsd/server/answerer.h"

#include <ctime>
#include <random>

#include "dnsd/wire/header.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/reader.h"

namespace dnsd {
namespace {

RespondOptions options_of(const AnswerPolicy& policy) {
  RespondOptions options;
  options.udp_payload = policy.udp_payload;
  options.style.most_records = policy.most_records;
  options.truncation = policy.truncation;
  options.server_id = policy.server_id;
  options.version = policy.version;
  options.keepalive_ds = policy.keepalive_ds;
  options.cookies = policy.cookies ? &*policy.cookies : nullptr;
  return options;
}

/// Equal for answers that a victim gets again and again: of names that exist, one each; denials and
/// errors all alike, as an attacker has any number of names for those.
std::uint64_t subject_of(const Response& response, std::span<const std::uint8_t> reply) {
  const std::uint64_t rcode = static_cast<std::uint64_t>(response.rcode) << 48U;
  Reader reader(reply, Header::kSize);
  auto name = Name::parse(reader);
  if (response.rcode != Rcode::NoError || !name) return rcode;
  name->make_lower();
  return rcode ^ common::hash_bytes(name->wire());
}

}  // namespace

Answerer::Answerer(const common::Published<Zone>& zone,
                   const AnswerPolicy& policy,
                   TransferServer& transfers,
                   Counters& counters)
    : zone_(zone),
      options_(options_of(policy)),
      limiter_(policy.limits),
      transfers_(transfers),
      rotation_(std::uint64_t{std::random_device{}()} << 32),
      counters_(counters) {}

std::size_t Answerer::answer(std::span<const std::uint8_t> request,
                             Transport transport,
                             const common::IpAddress& client,
                             std::span<std::uint8_t> out) {
  counters_.queries[static_cast<std::size_t>(transport)].add();
  options_.transport = transport;
  options_.client = client;
  options_.style.rotation = next_rotation();
  options_.now_s = static_cast<std::uint32_t>(std::time(nullptr));
  Response response = respond(request, zone_.get(), options_, out);
  if (response.size == 0) {
    counters_.drop(Drop::Ignored);
    return 0;
  }
  if (response.special) response = answer_special(request, out);
  if (is_limited(response)) response = limit(request, response, out);
  if (response.size == 0) {
    counters_.drop(Drop::RateLimited);
    return 0;
  }
  counters_.responded(response);
  return response.size;
}

Response Answerer::answer_special(std::span<const std::uint8_t> request,
                                  std::span<std::uint8_t> out) {
  auto outcome = transfers_.answer(request, options_, out);
  if (options_.transport == Transport::Tcp) transfer_ = std::move(outcome.transfer);
  return outcome.response;
}

/// Over TCP and with a cookie of ours, nobody's source is forged.
bool Answerer::is_limited(const Response& response) const {
  return limiter_.is_on() && options_.transport == Transport::Udp && !response.proven;
}

Response Answerer::limit(std::span<const std::uint8_t> request,
                         const Response& response,
                         std::span<std::uint8_t> out) {
  const std::uint64_t subject = subject_of(response, out.first(response.size));
  switch (limiter_.judge(options_.client, subject, options_.now_s)) {
    case ResponseLimiter::Verdict::Send:
      return response;
    case ResponseLimiter::Verdict::Drop:
      return {};
    case ResponseLimiter::Verdict::Slip:
      break;
  }
  RespondOptions slipped = options_;
  slipped.truncation = Truncation::Always;
  return respond(request, zone_.get(), slipped, out);
}

}  // namespace dnsd
