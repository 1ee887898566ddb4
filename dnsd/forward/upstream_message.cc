#include "dnsd/forward/upstream_message.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "dnsd/forward/resolved_draft.h"
#include "dnsd/wire/opt.h"

namespace dnsd {
namespace {

constexpr std::uint16_t kUdpPayload = 1232;
constexpr std::ptrdiff_t kTypeAndClass = 4;
constexpr std::size_t kMaxAliases = 16;  // Of one answer; more is a loop or an attack.

std::uint8_t lower(std::uint8_t octet) {
  return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet + ('a' - 'A')) : octet;
}

/// The question of a query of ours: everything between the header and the OPT record.
std::span<const std::uint8_t> question_of(std::span<const std::uint8_t> query) {
  return query.subspan(Header::kSize, query.size() - Header::kSize - kOptSize);
}

bool is_same_but_case(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](std::uint8_t x, std::uint8_t y) {
    return lower(x) == lower(y);
  });
}

/// Reads an upstream's reply to one question.
class Judge {
 public:
  /// Works on its copy of the reply, with the question in lower case: names that are compressed by
  /// way of the question would have our case otherwise.
  Judge(std::span<const std::uint8_t> reply,
        std::span<const std::uint8_t> question,
        const TtlLimits& limits)
      : reply_(reply.begin(), reply.end()), question_(question), limits_(limits), reader_(reply_) {}

  Judged judge(std::uint16_t id, CaseRule rule);

 private:
  ReplyVerdict check_question(CaseRule rule);
  Judged read_sections();
  bool read_answer();
  bool read_authority();
  bool read_additional();
  bool is_wanted(const UpstreamRecord& record) const;
  Judged conclude();
  std::uint32_t ttl() const;

  std::vector<std::uint8_t> reply_;
  const std::span<const std::uint8_t> question_;
  const TtlLimits& limits_;
  Reader reader_;
  Header header_;
  ForwardQuestion asked_;
  Name end_;  // Where the aliases have led so far.
  std::size_t aliases_ = 0;
  bool found_ = false;     // Something of the type asked for.
  bool referral_ = false;  // Name servers, as from a server that does not recurse.
  std::uint32_t answer_ttl_s_ = UINT32_MAX;
  std::optional<UpstreamRecord> soa_;
  std::uint32_t minimum_s_ = 0;      // Of the SOA record.
  std::uint8_t extended_rcode_ = 0;  // The upper bits, from the OPT record.
  std::optional<ResolvedDraft> draft_;
};

Judged Judge::judge(std::uint16_t id, CaseRule rule) {
  const auto header = Header::parse(reader_);
  if (!header || !header->response || header->id != id) return {};
  if (header->opcode != Opcode::Query || header->questions != 1) return {};
  header_ = *header;
  const ReplyVerdict verdict = check_question(rule);
  if (verdict != ReplyVerdict::Answer) return {verdict};
  if (header_.truncated) return {};  // TCP was tried, too.
  if (header_.rcode != Rcode::NoError && header_.rcode != Rcode::NxDomain)
    return {ReplyVerdict::Failed};
  return read_sections();
}

ReplyVerdict Judge::check_question(CaseRule rule) {
  const auto question = reader_.take(question_.size());
  if (!question || !is_same_but_case(*question, question_)) return ReplyVerdict::Malformed;
  const bool is_exact = std::equal(question->begin(), question->end(), question_.begin());
  if (rule == CaseRule::Exact && !is_exact) return ReplyVerdict::WrongCase;
  const auto of_reply = std::span(reply_).subspan(Header::kSize, question_.size());
  std::transform(of_reply.begin(), of_reply.end() - kTypeAndClass, of_reply.begin(), lower);
  Reader reader(question_);
  asked_.name = *Name::parse(reader);
  asked_.name.make_lower();
  asked_.type = static_cast<RrType>(*reader.u16());
  return ReplyVerdict::Answer;
}

Judged Judge::read_sections() {
  draft_.emplace(asked_.name, question_.size());
  end_ = asked_.name;
  for (int i = 0; i < header_.answers; ++i) {
    if (!read_answer()) return {};
  }
  for (int i = 0; i < header_.authorities; ++i) {
    if (!read_authority()) return {};
  }
  for (int i = 0; i < header_.additionals; ++i) {
    if (!read_additional()) return {};
  }
  return conclude();
}

/// Of the name where we are: what was asked for, or an alias that leads on.
bool Judge::is_wanted(const UpstreamRecord& record) const {
  if (record.klass != RrClass::In) return false;
  if (record.type == RrType::Dname && record.owner != end_) {
    return is_at_or_below(end_.wire(), record.owner.wire());
  }
  if (record.owner != end_) return false;
  return record.type == asked_.type || asked_.type == RrType::Any || record.type == RrType::Cname;
}

bool Judge::read_answer() {
  const auto record = UpstreamRecord::parse(reader_, reply_);
  if (!record) return false;
  if (!is_wanted(*record)) return true;
  if (!draft_->add(*record, Section::Answer)) return false;
  answer_ttl_s_ = std::min(answer_ttl_s_, record->ttl_s);
  if (record->type == asked_.type || asked_.type == RrType::Any) {
    found_ = true;
  } else if (record->type == RrType::Cname) {
    Reader target = record->data_reader();
    end_ = *Name::parse(target);
    end_.make_lower();
    return ++aliases_ <= kMaxAliases;
  }
  return true;
}

bool Judge::read_authority() {
  const auto record = UpstreamRecord::parse(reader_, reply_);
  if (!record) return false;
  if (record->type == RrType::Ns) referral_ = true;
  if (record->type != RrType::Soa || record->klass != RrClass::In || soa_) return true;
  if (!is_at_or_below(end_.wire(), record->owner.wire())) return true;
  const auto data = record->data();
  if (!data || data->size() < 4) return false;
  Reader minimum(*data, data->size() - 4);
  minimum_s_ = *minimum.u32();
  soa_ = record;
  return true;
}

bool Judge::read_additional() {
  const auto record = UpstreamRecord::parse(reader_, reply_);
  if (!record) return false;
  if (record->type == RrType::Opt) {
    extended_rcode_ = static_cast<std::uint8_t>(*reader_.at(record->data_at - 6).u8());
  }
  return true;
}

/// RFC 2308 section 5: a denial without SOA is passed on, but not kept.
std::uint32_t Judge::ttl() const {
  std::uint32_t ttl_s = std::min(answer_ttl_s_, limits_.most_s);
  if (found_) return ttl_s;
  if (!soa_) return 0;
  return std::min({ttl_s, soa_->ttl_s, minimum_s_, limits_.most_negative_s});
}

Judged Judge::conclude() {
  if (extended_rcode_ != 0) return {ReplyVerdict::Failed};
  const bool is_denied = header_.rcode == Rcode::NxDomain || !found_;
  if (is_denied && !soa_ && referral_ && aliases_ == 0) return {ReplyVerdict::Failed};
  if (header_.rcode == Rcode::NxDomain) found_ = false;
  if (is_denied && soa_ && !draft_->add(*soa_, Section::Authority)) return {};
  return {ReplyVerdict::Answer,
          std::make_shared<const Resolved>(draft_->finish(header_.rcode, ttl()))};
}

}  // namespace

std::vector<std::uint8_t> make_upstream_query(const ForwardQuestion& question,
                                              std::uint16_t id,
                                              const Casing* casing,
                                              std::uint32_t minute) {
  const std::string_view name = question.name.wire();
  const auto type = static_cast<unsigned>(question.type);
  constexpr std::uint8_t kRecursionDesired = 1;
  std::vector<std::uint8_t> query{static_cast<std::uint8_t>(id >> 8U),
                                  static_cast<std::uint8_t>(id),
                                  kRecursionDesired,
                                  0,
                                  0,
                                  1,
                                  0,
                                  0,
                                  0,
                                  0,
                                  0,
                                  1};
  query.reserve(query.size() + name.size() + 4 + kOptSize);
  query.insert(query.end(), name.begin(), name.end());
  query.insert(query.end(),
               {static_cast<std::uint8_t>(type >> 8U), static_cast<std::uint8_t>(type), 0, 1});
  if (casing != nullptr) casing->apply(std::span(query).subspan(Header::kSize), minute);
  const auto opt = make_opt(kUdpPayload, Rcode::NoError);
  query.insert(query.end(), opt.begin(), opt.end());
  return query;
}

Judged judge_reply(std::span<const std::uint8_t> reply,
                   std::span<const std::uint8_t> query,
                   CaseRule rule,
                   const TtlLimits& limits) {
  const auto id = static_cast<std::uint16_t>(query[0] << 8 | query[1]);
  return Judge(reply, question_of(query), limits).judge(id, rule);
}

}  // namespace dnsd
