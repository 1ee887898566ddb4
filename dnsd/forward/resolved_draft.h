#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dnsd/forward/resolved.h"
#include "dnsd/wire/name.h"
#include "dnsd/wire/reader.h"

namespace dnsd {

/// One record of an upstream's reply, inside its message.
struct UpstreamRecord {
  Name owner;  // Lower case.
  RrType type{};
  RrClass klass{};
  std::uint32_t ttl_s = 0;
  std::size_t data_at = 0;
  std::size_t data_size = 0;
  std::span<const std::uint8_t> message;

  /// Nothing when malformed; the reader is then anywhere.
  static std::optional<UpstreamRecord> parse(Reader& reader, std::span<const std::uint8_t> message);
  /// Its data with every name spelled out (RFC 3597 section 4); nothing when malformed.
  std::optional<std::vector<std::uint8_t>> data() const;
  Reader data_reader() const { return Reader(message.first(data_at + data_size), data_at); }
};

/// Puts records together as Resolved wants them. Pure.
class ResolvedDraft {
 public:
  /// `question`: its name in lower case, and the octets it has in the message.
  ResolvedDraft(const Name& name, std::size_t question_size);

  /// False when malformed, or more than a message holds.
  bool add(const UpstreamRecord& record, Section section);
  Resolved finish(Rcode rcode, std::uint32_t ttl_s);

 private:
  struct Known {
    Name name;  // Lower case.
    std::size_t offset;
  };

  void add_owner(const Name& owner);

  Resolved made_;
  const std::size_t start_;   // Of the first record in a message.
  std::vector<Known> known_;  // Names that pointers can mean: the question's, targets of aliases.
};

}  // namespace dnsd
