#include "dnsd/forward/resolved_draft.h"

#include <algorithm>
#include <array>
#include <utility>

#include "dnsd/wire/header.h"

namespace dnsd {
namespace {

/// Leaves room for a question and an OPT record in a message of 65535 octets.
constexpr std::size_t kMaxOctets = 65000;
constexpr std::size_t kMaxKnown = 32;

/// Where names stand in the data of the types that may have compressed ones (RFC 1035, and RFC 3597
/// section 4).
struct Layout {
  RrType type;
  std::size_t before;  // Octets in front of the first name.
  int names;
};
constexpr std::array<Layout, 11> kLayouts{{{RrType::Ns, 0, 1},
                                           {RrType::Cname, 0, 1},
                                           {RrType::Soa, 0, 2},
                                           {RrType::Ptr, 0, 1},
                                           {RrType::Mx, 2, 1},
                                           {RrType::Rp, 0, 2},
                                           {RrType::Afsdb, 2, 1},
                                           {RrType::Rt, 2, 1},
                                           {RrType::Srv, 6, 1},
                                           {RrType::Kx, 2, 1},
                                           {RrType::Dname, 0, 1}}};

template <class Octets>
void append(const Octets& octets, std::vector<std::uint8_t>& out) {
  out.insert(out.end(), octets.begin(), octets.end());
}

void append_number(std::uint64_t value, int octets, std::vector<std::uint8_t>& out) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<std::uint8_t>(value >> shift));
  }
}

}  // namespace

std::optional<UpstreamRecord> UpstreamRecord::parse(Reader& reader,
                                                    std::span<const std::uint8_t> message) {
  UpstreamRecord record;
  const auto owner = Name::parse(reader);
  const auto type = reader.u16();
  const auto klass = reader.u16();
  const auto ttl = reader.u32();
  const auto size = reader.u16();
  if (!owner || !type || !klass || !ttl || !size) return std::nullopt;
  record.owner = *owner;
  record.owner.make_lower();
  record.type = static_cast<RrType>(*type);
  record.klass = static_cast<RrClass>(*klass);
  record.ttl_s = *ttl > 0x7fffffffU ? 0 : *ttl;  // RFC 2181 section 8
  record.data_at = reader.position();
  record.data_size = *size;
  record.message = message;
  if (!reader.take(*size)) return std::nullopt;
  return record;
}

std::optional<std::vector<std::uint8_t>> UpstreamRecord::data() const {
  Reader reader = data_reader();
  std::vector<std::uint8_t> octets;
  const auto* const layout = std::find_if(
      kLayouts.begin(), kLayouts.end(), [this](const Layout& known) { return known.type == type; });
  if (layout != kLayouts.end()) {
    const auto before = reader.take(layout->before);
    if (!before) return std::nullopt;
    append(*before, octets);
    for (int i = 0; i < layout->names; ++i) {
      const auto name = Name::parse(reader);
      if (!name) return std::nullopt;
      append(name->wire(), octets);
    }
  }
  append(*reader.take(reader.remaining()), octets);
  return octets;
}

ResolvedDraft::ResolvedDraft(const Name& name, std::size_t question_size)
    : start_(Header::kSize + question_size), known_{{name, Header::kSize}} {}

bool ResolvedDraft::add(const UpstreamRecord& record, Section section) {
  const auto data = record.data();
  if (!data || made_.octets.size() + data->size() + Name::kMaxSize > kMaxOctets) return false;
  add_owner(record.owner);
  append_number(static_cast<unsigned>(record.type), 2, made_.octets);
  append_number(static_cast<unsigned>(record.klass), 2, made_.octets);
  const std::size_t ttl_at = made_.octets.size();
  append_number(record.ttl_s, 4, made_.octets);
  append_number(data->size(), 2, made_.octets);
  const std::size_t data_at = start_ + made_.octets.size();
  append(*data, made_.octets);
  made_.records.push_back(
      {static_cast<std::uint32_t>(ttl_at), static_cast<std::uint32_t>(made_.octets.size())});
  if (section == Section::Answer) ++made_.answers;
  if (record.type == RrType::Cname && data_at < kPointerReach && known_.size() < kMaxKnown) {
    Reader reader = record.data_reader();
    known_.push_back({*Name::parse(reader), data_at});
    known_.back().name.make_lower();
  }
  return true;
}

/// A pointer to the whole of it, or to where it ends a longer name; else it is spelled out.
void ResolvedDraft::add_owner(const Name& owner) {
  for (const Known& known : known_) {
    if (owner.size() == 1 || !is_at_or_below(known.name.wire(), owner.wire())) continue;
    const std::size_t at = known.offset + known.name.size() - owner.size();
    if (at >= kPointerReach) continue;
    return append_number(pointer_to(at), 2, made_.octets);
  }
  append(owner.wire(), made_.octets);
}

Resolved ResolvedDraft::finish(Rcode rcode, std::uint32_t ttl_s) {
  made_.rcode = rcode;
  made_.ttl_s = ttl_s;
  return std::move(made_);
}

}  // namespace dnsd
