#include "dnsd/server/answerer.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <random>

#include "common/memory.h"
#include "dnsd/query/near_addresses.h"
#include "dnsd/wire/header.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/reader.h"

namespace dnsd {
namespace {

constexpr std::size_t kMaxMessage = 65535;

RespondOptions options_of(const AnswerPolicy& policy) {
  RespondOptions options;
  options.udp_payload = policy.udp_payload;
  options.style.most_records = policy.most_records;
  options.truncation = policy.truncation;
  options.server_id = policy.server_id;
  options.version = policy.version;
  options.keepalive_ds = policy.keepalive_ds;
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

/// The question's, or the one that our aliases lead to.
Name name_to_ask(const Query& query,
                 const Response& response,
                 std::span<const std::uint8_t> reply) {
  if (response.target_at == 0) return query.name;
  Reader reader(reply.first(response.size), response.target_at);
  Name name = *Name::parse(reader);
  name.make_lower();
  return name;
}

}  // namespace

/// What is kept of a query while upstreams are asked.
struct Answerer::Pending {
  ForwardQuestion question;
  std::vector<std::uint8_t> message;
  RespondOptions options;
};

Answerer::Answerer(const common::Published<Zone>& zone,
                   const common::Published<Cookies>& cookies,
                   const AnswerPolicy& policy,
                   TransferServer& transfers,
                   Counters& counters,
                   ForwardLogic* forward,
                   ForwardCounters* forward_counters)
    : zone_(zone),
      cookies_(cookies),
      options_(options_of(policy)),
      limiter_(policy.limits),
      transfers_(transfers),
      policy_(policy),
      forward_(forward),
      forward_counters_(forward_counters),
      late_answer_(forward == nullptr ? 0 : kMaxMessage),
      rotation_(std::uint64_t{std::random_device{}()} << 32),
      counters_(counters) {}

Answerer::~Answerer() = default;

const CookieJar* Answerer::cookie_jar() {
  const Cookies& cookies = cookies_.get();
  return cookies ? &*cookies : nullptr;
}

std::size_t Answerer::answer(const Query& query,
                             Transport transport,
                             const common::IpAddress& client,
                             std::span<std::uint8_t> out) {
  counters_.queries[static_cast<std::size_t>(transport)].add();
  options_.transport = transport;
  options_.client = client;
  options_.cookies = cookie_jar();
  options_.style.rotation = next_rotation();
  options_.style.network = network_of(client, policy_.prefer_subnets);
  options_.now_s = static_cast<std::uint32_t>(std::time(nullptr));
  options_.recursion = recursion_for(client);
  pending_.reset();
  Response response = respond(query, zone_.held(), options_, out);
  if (response.size == 0) {
    counters_.drop(Drop::Ignored);
    return 0;
  }
  if (response.special) response = answer_special(query, out);
  if (response.foreign) response = forward(query, response, out);
  if (is_pending()) return 0;
  if (is_limited(response)) response = limit(query, response, out);
  if (response.size == 0) {
    counters_.drop(Drop::RateLimited);
    return 0;
  }
  counters_.responded(response);
  return response.size;
}

Response Answerer::answer_special(const Query& query, std::span<std::uint8_t> out) {
  auto outcome = transfers_.answer(query, options_, out);
  if (is_stream(options_.transport)) transfer_ = std::move(outcome.transfer);
  return outcome.response;
}

Recursion Answerer::recursion_for(const common::IpAddress& client) const {
  if (forward_ == nullptr) return Recursion::Off;
  const auto& allowed = policy_.allow_recursion;
  const bool is_allowed = std::any_of(
      allowed.begin(), allowed.end(), [&](const auto& range) { return range.contains(client); });
  return is_allowed ? Recursion::Offered : Recursion::Denied;
}

/// Answers at once if possible, else the query is pending.
Response Answerer::forward(const Query& query,
                           const Response& refusal,
                           std::span<std::uint8_t> out) {
  if (options_.recursion == Recursion::Denied) {
    forward_counters_->count(Forwarded::Prohibited);
    return refusal;
  }
  const ForwardQuestion question{name_to_ask(query, refusal, out), query.type};
  if (!forward_->knows_upstreams_for(question)) return refusal;
  const auto now = std::chrono::steady_clock::now();
  forward_->note_memory(common::memory_is_short());
  if (const auto answer = forward_->answer_now(question, query.question, options_.client, now)) {
    return respond_with(*answer, query, zone_.held(), options_, out);
  }
  const auto& message = query.message;
  pending_ =
      std::make_unique<Pending>(Pending{question, {message.begin(), message.end()}, options_});
  return {};
}

void Answerer::answer_later(std::unique_ptr<ReplyPath> path) {
  // A std::function must be copyable, hence shared.
  std::shared_ptr<const Pending> pending = std::move(pending_);
  std::shared_ptr<ReplyPath> way = std::move(path);
  forward_->ask(
      pending->question,
      pending->options.client,
      [this, pending, way](const ForwardAnswer& answer) { send_late(*pending, answer, *way); },
      std::chrono::steady_clock::now());
}

void Answerer::send_late(const Pending& pending, const ForwardAnswer& answer, ReplyPath& path) {
  RespondOptions options = pending.options;
  options.cookies = cookie_jar();  // That of then may be gone.
  const Query query(pending.message);
  const Response response = respond_with(answer, query, zone_.held(), options, late_answer_);
  counters_.responded(response);
  path.send(std::span(late_answer_).first(response.size));
}

/// Over TCP and with a cookie of ours, nobody's source is forged.
bool Answerer::is_limited(const Response& response) const {
  return limiter_.is_on() && options_.transport == Transport::Udp && !response.proven;
}

Response Answerer::limit(const Query& query,
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
  return respond(query, zone_.held(), slipped, out);
}

}  // namespace dnsd
