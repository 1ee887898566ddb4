#include "dnsd/query/services.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "dnsd/query/near_addresses.h"
#include "dnsd/wire/rdata.h"

namespace dnsd {
namespace {

// SvcParamKeys, RFC 9460 section 14.3.2. They go in rising order.
constexpr std::uint16_t kPort = 3;
constexpr std::uint16_t kIpv4Hint = 4;
constexpr std::uint16_t kIpv6Hint = 6;
constexpr std::size_t kMaxHints = 8;  // Of each family; hints need not be whole.

/// A record in the making, in a buffer that holds the longest.
class RecordDraft {
 public:
  void u16(std::size_t value) {
    octets_[size_++] = static_cast<std::uint8_t>(value >> 8U);
    octets_[size_++] = static_cast<std::uint8_t>(value & 0xffU);
  }
  void octets(std::span<const std::uint8_t> octets) {
    std::copy(octets.begin(), octets.end(), octets_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += octets.size();
  }
  /// Fills in RDLENGTH.
  std::span<const std::uint8_t> finish() {
    const std::size_t data = size_ - RrSet::kFixedSize;
    octets_[RrSet::kFixedSize - 2] = static_cast<std::uint8_t>(data >> 8U);
    octets_[RrSet::kFixedSize - 1] = static_cast<std::uint8_t>(data & 0xffU);
    return std::span(octets_).first(size_);
  }

 private:
  static constexpr std::size_t kParameters = 6 + 4 + kMaxHints * 4 + 4 + kMaxHints * 16;
  std::array<std::uint8_t, RrSet::kFixedSize + 2 + Name::kMaxSize + kParameters> octets_;
  std::size_t size_ = 0;
};

void add_hints(const RrSet& addresses,
               std::uint16_t key,
               const AnswerStyle& style,
               RecordDraft& draft) {
  if (addresses.empty()) return;
  const NearAddresses near(addresses, style.network);
  std::size_t count = std::min(near.size(), kMaxHints);
  const std::size_t size = addresses.records(0, 1).size() - RrSet::kFixedSize;
  draft.u16(key);
  draft.u16(count * size);
  for (std::size_t i = 0; count > 0; ++i) {
    if (!near.has(i)) continue;
    draft.octets(addresses.records(i, i + 1).subspan(RrSet::kFixedSize));
    --count;
  }
}

/// One SRV record, said as a service binding.
RecordDraft draft_of(std::span<const std::uint8_t> srv,
                     RrType type,
                     const Zone& zone,
                     const AnswerStyle& style) {
  const auto fixed = srv.first(RrSet::kFixedSize);
  const auto data = srv.subspan(RrSet::kFixedSize);
  const auto target = data.subspan(Srv::kTargetOffset);
  RecordDraft draft;
  draft.u16(kQuestionPointer);
  draft.u16(static_cast<std::uint16_t>(type));
  draft.octets(fixed.subspan(4));  // Class, TTL, and a length to be written over.
  draft.u16(std::min(*Reader(data).u16() + 1, 0xffff));
  draft.octets(target);
  draft.u16(kPort);
  draft.u16(2);
  draft.octets(data.subspan(4, 2));
  const Node* node =
      zone.find(std::string_view(reinterpret_cast<const char*>(target.data()), target.size()));
  if (node == nullptr) return draft;
  add_hints(node->find(RrType::A), kIpv4Hint, style, draft);
  add_hints(node->find(RrType::Aaaa), kIpv6Hint, style, draft);
  return draft;
}

/// `_https._web._tcp.marathon.mesos` for `web.marathon.mesos`; nothing when that is no name.
std::optional<Name> https_port_name(const Name& service) {
  const std::string_view wire = service.wire();
  const auto size = static_cast<std::size_t>(wire.front());
  if (size == 0 || size + 1 > Name::kMaxLabel) return std::nullopt;
  std::array<char, Name::kMaxLabel> label;
  label[0] = '_';
  std::memcpy(&label[1], wire.data() + 1, size);
  Name name;
  const bool fits = name.append_label("_https") && name.append_label({label.data(), size + 1}) &&
                    name.append_label("_tcp") && name.append_wire(parent_of(wire));
  if (!fits) return std::nullopt;
  return name;
}

/// The SRV records to answer from; none when there are none.
RrSet source_of(const Query& query, const Node& node, const Zone& zone) {
  if (query.type == RrType::Svcb) return node.find(RrType::Srv);
  const auto name = https_port_name(query.name);
  const Node* port = name ? zone.find(name->wire()) : nullptr;
  return port == nullptr ? RrSet() : port->find(RrType::Srv);
}

}  // namespace

bool add_services(const Query& query,
                  const Node& node,
                  const Zone& zone,
                  const AnswerStyle& style,
                  Reply& reply) {
  const RrSet srv = source_of(query, node, zone);
  if (srv.empty()) return false;
  const std::size_t size = srv.size();
  const std::size_t wanted =
      style.most_records == 0 ? size : std::min<std::size_t>(size, style.most_records);
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::size_t index = (style.rotation % size + i) % size;
    auto draft = draft_of(srv.records(index, index + 1), query.type, zone, style);
    if (reply.out.add(Section::Answer, draft.finish())) continue;
    reply.header.truncated = true;
    break;
  }
  return true;
}

}  // namespace dnsd
