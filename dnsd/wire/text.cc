#include "dnsd/wire/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/ip.h"
#include "common/parse.h"
#include "dnsd/wire/name.h"

namespace dnsd {
namespace {

template <class Value>
using Words = std::pair<std::string_view, Value>;

constexpr std::array<Words<RrType>, 18> kTypes{{{"A", RrType::A},
                                                {"AAAA", RrType::Aaaa},
                                                {"AFSDB", RrType::Afsdb},
                                                {"ANY", RrType::Any},
                                                {"AXFR", RrType::Axfr},
                                                {"CNAME", RrType::Cname},
                                                {"DNAME", RrType::Dname},
                                                {"HTTPS", RrType::Https},
                                                {"IXFR", RrType::Ixfr},
                                                {"KX", RrType::Kx},
                                                {"MX", RrType::Mx},
                                                {"NS", RrType::Ns},
                                                {"OPT", RrType::Opt},
                                                {"PTR", RrType::Ptr},
                                                {"SOA", RrType::Soa},
                                                {"SRV", RrType::Srv},
                                                {"SVCB", RrType::Svcb},
                                                {"TXT", RrType::Txt}}};

constexpr std::array<Words<Rcode>, 8> kRcodes{{{"NOERROR", Rcode::NoError},
                                               {"FORMERR", Rcode::FormErr},
                                               {"SERVFAIL", Rcode::ServFail},
                                               {"NXDOMAIN", Rcode::NxDomain},
                                               {"NOTIMP", Rcode::NotImp},
                                               {"REFUSED", Rcode::Refused},
                                               {"NOTAUTH", Rcode::NotAuth},
                                               {"BADVERS", Rcode::BadVers}}};

template <class Value, std::size_t kSize>
std::optional<std::string_view> word_of(const std::array<Words<Value>, kSize>& words, Value value) {
  const auto found = std::find_if(
      words.begin(), words.end(), [value](const auto& word) { return word.second == value; });
  return found == words.end() ? std::nullopt : std::optional(found->first);
}

/// The fields of one record, one after the other; the first that cannot be read spoils all.
class Fields {
 public:
  Fields(Reader reader, std::size_t size) : reader_(reader), end_(reader.position() + size) {}

  void u16() { add(reader_.u16()); }
  void u32() { add(reader_.u32()); }
  void name() {
    const auto name = Name::parse(reader_);
    name ? add_word(name->to_text()) : spoil();
  }
  void address(std::size_t size) {
    const auto octets = reader_.take(size);
    if (!octets) return spoil();
    std::array<std::uint8_t, 16> all{};
    std::copy(octets->begin(), octets->end(), all.begin());
    const auto v4 = [&] {
      std::uint32_t number = 0;
      for (const std::uint8_t octet : *octets) number = number << 8U | octet;
      return common::IpAddress::v4(number);
    };
    add_word((size == 4 ? v4() : common::IpAddress::v6(all)).to_string());
  }
  void string() {
    const auto size = reader_.u8();
    const auto octets = size ? reader_.take(*size) : std::nullopt;
    octets ? add_word(quoted(*octets)) : spoil();
  }
  /// RFC 9460 section 2.1, as keys and their octets.
  void parameters() {
    while (more()) {
      const auto key = reader_.u16();
      const auto size = reader_.u16();
      const auto octets = key && size ? reader_.take(*size) : std::nullopt;
      if (!octets) return spoil();
      add_word(parameter(*key, *octets));
    }
  }

  bool more() const { return !spoilt_ && reader_.position() < end_; }
  /// Nothing when the fields are not just what there was.
  std::optional<std::string> text() const {
    return spoilt_ || reader_.position() != end_ ? std::nullopt : std::optional(text_);
  }

 private:
  template <class Number>
  void add(std::optional<Number> number) {
    number ? add_word(std::to_string(*number)) : spoil();
  }
  void add_word(const std::string& word) { text_ += (text_.empty() ? "" : " ") + word; }
  void spoil() { spoilt_ = true; }

  static std::string quoted(std::span<const std::uint8_t> octets) {
    std::string text = "\"";
    for (const std::uint8_t octet : octets) {
      const char c = static_cast<char>(octet);
      if (octet < 0x20 || octet > 0x7e) {
        text += fmt::format("\\{:03}", octet);
      } else {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
      }
    }
    return text + "\"";
  }

  static std::string parameter(std::uint16_t key, std::span<const std::uint8_t> octets) {
    constexpr std::uint16_t kPort = 3;
    if (key == kPort && octets.size() == 2) {
      return fmt::format("port={}", unsigned{octets[0]} << 8U | octets[1]);
    }
    return octets.empty() ? fmt::format("key{}", key)
                          : fmt::format("key{}={}", key, quoted(octets));
  }

  Reader reader_;
  std::size_t end_;
  std::string text_;
  bool spoilt_ = false;
};

/// False for a type whose fields we do not know.
bool read_fields(RrType type, Fields& fields) {
  switch (type) {
    case RrType::A:
      fields.address(4);
      return true;
    case RrType::Aaaa:
      fields.address(16);
      return true;
    case RrType::Ns:
    case RrType::Cname:
    case RrType::Ptr:
    case RrType::Dname:
      fields.name();
      return true;
    case RrType::Mx:
    case RrType::Kx:
    case RrType::Rt:
    case RrType::Afsdb:
      fields.u16();
      fields.name();
      return true;
    case RrType::Srv:
      for (int i = 0; i < 3; ++i) fields.u16();
      fields.name();
      return true;
    case RrType::Soa:
      fields.name();
      fields.name();
      for (int i = 0; i < 5; ++i) fields.u32();
      return true;
    case RrType::Txt:
      while (fields.more()) fields.string();
      return true;
    case RrType::Svcb:
    case RrType::Https:
      fields.u16();
      fields.name();
      fields.parameters();
      return true;
    default:
      return false;
  }
}

std::string generic_text(std::span<const std::uint8_t> octets) {
  std::string text = fmt::format("\\# {}", octets.size());
  if (!octets.empty()) text += ' ';
  for (const std::uint8_t octet : octets) text += fmt::format("{:02x}", octet);
  return text;
}

}  // namespace

std::string type_text(RrType type) {
  const auto word = word_of(kTypes, type);
  return word ? std::string(*word) : fmt::format("TYPE{}", static_cast<unsigned>(type));
}

std::optional<RrType> parse_type(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) {
    return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  });
  for (const auto& [word, type] : kTypes) {
    if (word == upper) return type;
  }
  if (!upper.starts_with("TYPE")) return std::nullopt;
  const auto number = common::parse_integer<std::uint16_t>(std::string_view(upper).substr(4));
  return number ? std::optional(static_cast<RrType>(*number)) : std::nullopt;
}

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  names.reserve(kTypes.size());
  for (const auto& [word, type] : kTypes) names.emplace_back(word);
  return names;
}

std::string rcode_text(Rcode rcode) {
  const auto word = word_of(kRcodes, rcode);
  return word ? std::string(*word) : fmt::format("RCODE{}", static_cast<unsigned>(rcode));
}

std::string rdata_text(RrType type, Reader reader, std::size_t size) {
  Fields fields(reader, size);
  if (read_fields(type, fields)) {
    if (auto text = fields.text()) return *text;
  }
  const auto octets = reader.take(std::min(size, reader.remaining()));
  return generic_text(*octets);
}

std::string rdata_text(RrType type, std::string_view rdata) {
  const auto* octets = reinterpret_cast<const std::uint8_t*>(rdata.data());
  return rdata_text(type, Reader({octets, rdata.size()}), rdata.size());
}

}  // namespace dnsd
