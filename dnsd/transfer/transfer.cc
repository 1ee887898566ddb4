#include "dnsd/transfer/transfer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dnsd/wire/opt.h"
#include "dnsd/wire/writer.h"

namespace dnsd {
namespace {

constexpr std::uint16_t kOfferedPayload = 1232;

ZoneRecord soa_of(const Zone& zone, const Zone::Apex& apex) {
  const Node* node = zone.find(apex.name);
  return {apex.name, node->find(RrType::Soa).records(0, 1)};
}

void append(std::vector<ZoneRecord> more, std::vector<ZoneRecord>& records) {
  records.insert(records.end(), more.begin(), more.end());
}

/// RFC 5936 section 2.2: the zone between its SOA. RFC 1995 section 4: what is gone behind the old
/// SOA, what is new behind the new one. Either alone, when there is nothing to give.
std::vector<ZoneRecord> records_for(const TransferContent& content, AliasNames& names) {
  const ZoneRecord soa = soa_of(*content.zone, *content.apex);
  std::vector<ZoneRecord> records{soa};
  if (content.soa_only) return records;
  if (content.before == nullptr) {
    append(records_of(*content.zone, *content.apex, content.most_records, names), records);
  } else {
    auto change =
        difference(*content.before, *content.zone, *content.apex, content.most_records, names);
    records.push_back(soa_of(*content.before, *content.apex));
    append(std::move(change.gone), records);
    records.push_back(soa);
    append(std::move(change.added), records);
  }
  records.push_back(soa);
  return records;
}

/// Writes records that follow one another, often of one owner.
class RecordWriter {
 public:
  explicit RecordWriter(MessageWriter& out) : out_(out) {}

  bool add(const ZoneRecord& record) {
    const auto start = out_.mark(Section::Answer);
    if (add_owner(record.owner) && out_.add(Section::Answer, record.octets.subspan(2))) {
      if (owner_ != record.owner) owner_at_ = start.size;
      owner_ = record.owner;
      return true;
    }
    out_.roll_back(start);
    return false;
  }

 private:
  bool add_owner(std::string_view owner) {
    if (owner == owner_) {
      const std::array<std::uint8_t, 2> pointer{static_cast<std::uint8_t>(0xc0U | owner_at_ >> 8U),
                                                static_cast<std::uint8_t>(owner_at_ & 0xffU)};
      return out_.add(Section::Answer, pointer, 0);
    }
    return out_.add(
        Section::Answer, {reinterpret_cast<const std::uint8_t*>(owner.data()), owner.size()}, 0);
  }

  MessageWriter& out_;
  std::string_view owner_;  // Of the last record; empty before.
  std::size_t owner_at_ = 0;
};

}  // namespace

Transfer::Transfer(const Query& query, TransferContent content, std::optional<Signer> signer)
    : content_(std::move(content)),
      question_(query.question.begin(), query.question.end()),
      edns_(query.edns.has_value()),
      signer_(std::move(signer)),
      records_(records_for(content_, names_)) {
  header_.id = query.header.id;
  header_.response = true;
  header_.authoritative = true;
}

std::size_t Transfer::next(std::span<std::uint8_t> out, std::uint64_t now_s) {
  const std::size_t limit = std::min(out.size(), kMessageSize);
  MessageWriter writer(out, limit);
  const std::size_t reserved = kOptSize + (signer_ ? signer_->size() : 0);
  writer.reserve(reserved);
  if (!std::exchange(started_, true)) writer.add(Section::Question, question_);
  RecordWriter records(writer);
  while (sent_ < records_.size() && records.add(records_[sent_])) ++sent_;
  writer.release(reserved);
  if (edns_) writer.add(Section::Additional, make_opt(kOfferedPayload, Rcode::NoError));
  const std::size_t size = writer.finish(header_);
  return signer_ ? signer_->sign(out, size, now_s) : size;
}

}  // namespace dnsd
