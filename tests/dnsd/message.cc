#include "tests/dnsd/message.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "common/ip.h"
#include "dnsd/wire/rdata.h"

namespace dnsd::testing {
namespace {

constexpr std::array<std::pair<RrType, std::string_view>, 15> kTypes{{
    {RrType::A, "A"},
    {RrType::Ns, "NS"},
    {RrType::Cname, "CNAME"},
    {RrType::Soa, "SOA"},
    {RrType::Ptr, "PTR"},
    {RrType::Mx, "MX"},
    {RrType::Txt, "TXT"},
    {RrType::Aaaa, "AAAA"},
    {RrType::Srv, "SRV"},
    {RrType::Opt, "OPT"},
    {RrType::Svcb, "SVCB"},
    {RrType::Https, "HTTPS"},
    {RrType::Ixfr, "IXFR"},
    {RrType::Axfr, "AXFR"},
    {RrType::Any, "ANY"},
}};

std::optional<std::string> address_text(Reader& reader, std::size_t size) {
  const auto octets = reader.take(size);
  if (!octets) return std::nullopt;
  if (size == 4) return common::IpAddress::v4(*Reader(*octets).u32()).to_string();
  std::array<std::uint8_t, 16> bytes{};
  std::copy(octets->begin(), octets->end(), bytes.begin());
  return common::IpAddress::v6(bytes).to_string();
}

std::optional<std::string> name_text_at(Reader& reader) {
  const auto name = Name::parse(reader);
  if (!name) return std::nullopt;
  return name->to_text();
}

std::optional<std::string> srv_text(Reader& reader) {
  const auto numbers = reader.take(6);
  const auto target = name_text_at(reader);
  if (!numbers || !target) return std::nullopt;
  Reader fields(*numbers);
  const int priority = *fields.u16();
  const int weight = *fields.u16();
  return fmt::format("{} {} {} {}", priority, weight, *fields.u16(), *target);
}

std::optional<std::string> soa_text(Reader& reader) {
  const auto name_server = name_text_at(reader);
  const auto mailbox = name_text_at(reader);
  if (!name_server || !mailbox) return std::nullopt;
  std::string text = *name_server + " " + *mailbox;
  for (int i = 0; i < 5; ++i) {
    const auto number = reader.u32();
    if (!number) return std::nullopt;
    text += fmt::format(" {}", *number);
  }
  return text;
}

/// "16 target. port=80 ipv4hint=10.0.0.1,10.0.0.2"; a key we don't send makes it malformed.
std::optional<std::string> service_text(Reader& reader, std::size_t end) {
  const auto priority = reader.u16();
  const auto target = name_text_at(reader);
  if (!priority || !target) return std::nullopt;
  std::string text = fmt::format("{} {}", *priority, *target);
  int last_key = -1;
  while (reader.position() < end) {
    const auto key = reader.u16();
    const auto size = reader.u16();
    const auto value = size ? reader.take(*size) : std::nullopt;
    if (!value || value->empty() || *key <= last_key) return std::nullopt;  // RFC 9460 section 2.2
    last_key = *key;
    Reader items(*value);
    if (*key == 3) text += fmt::format(" port={}", *items.u16());
    if (*key != 3 && *key != 4 && *key != 6) return std::nullopt;
    for (const char* separator = *key == 4 ? " ipv4hint=" : " ipv6hint="; !items.at_end();
         separator = ",") {
      const auto address = address_text(items, *key == 4 ? 4 : 16);
      if (!address) return std::nullopt;
      text += separator + *address;
    }
  }
  return text;
}

/// The strings of a TXT record, parted by blanks.
std::optional<std::string> strings_text(Reader& reader, std::size_t size) {
  const std::size_t end = reader.position() + size;
  std::string text;
  while (reader.position() < end) {
    const auto length = reader.u8();
    const auto octets = length ? reader.take(*length) : std::nullopt;
    if (!octets) return std::nullopt;
    if (!text.empty()) text += ' ';
    text.append(octets->begin(), octets->end());
  }
  return text;
}

std::optional<std::string> mx_text(Reader& reader) {
  const auto preference = reader.u16();
  const auto name = name_text_at(reader);
  if (!preference || !name) return std::nullopt;
  return fmt::format("{} {}", *preference, *name);
}

std::optional<std::string> data_text(Reader& reader, RrType type, std::size_t size) {
  switch (type) {
    case RrType::A:
      return address_text(reader, 4);
    case RrType::Aaaa:
      return address_text(reader, 16);
    case RrType::Srv:
      return srv_text(reader);
    case RrType::Soa:
      return soa_text(reader);
    case RrType::Ns:
    case RrType::Cname:
    case RrType::Ptr:
      return name_text_at(reader);
    case RrType::Mx:
      return mx_text(reader);
    case RrType::Txt:
      return strings_text(reader, size);
    case RrType::Svcb:
    case RrType::Https:
      return service_text(reader, reader.position() + size);
    default:
      break;
  }
  const auto octets = reader.take(size);
  if (!octets) return std::nullopt;
  return fmt::format("\\# {}", size);
}

/// From behind the TYPE field of an OPT record that read_opt() has taken.
std::vector<RawOption> read_options(Reader reader) {
  reader.take(6);  // CLASS, TTL
  Reader data(*reader.take(*reader.u16()));
  std::vector<RawOption> options;
  while (!data.at_end()) {
    const auto code = *data.u16();
    const auto octets = *data.take(*data.u16());
    options.push_back({code, {octets.begin(), octets.end()}});
  }
  return options;
}

/// Reads one record; an OPT record goes to `message` itself.
bool parse_record(Reader& reader, std::vector<Rr>& section, Message& message) {
  const auto owner = Name::parse(reader);
  const auto type = reader.u16();
  if (!owner || !type) return false;
  if (static_cast<RrType>(*type) == RrType::Opt) {
    if (message.edns || owner->size() != 1 || &section != &message.additionals) return false;
    const auto upper_bits = reader.at(reader.position() + 2).u8();
    const Reader record = reader;
    if (!read_opt(reader, message.edns.emplace())) message.edns.reset();
    if (message.edns) message.options = read_options(record);
    if (message.edns) message.rcode |= static_cast<std::uint32_t>(*upper_bits) << 4U;
    return message.edns.has_value();
  }
  const auto klass = reader.u16();
  const auto ttl = reader.u32();
  const auto size = reader.u16();
  if (!klass || !ttl || !size || reader.remaining() < *size) return false;
  const std::size_t end = reader.position() + *size;
  const auto data = data_text(reader, static_cast<RrType>(*type), *size);
  if (!data || reader.position() != end) return false;
  section.push_back(
      {*owner, static_cast<RrType>(*type), static_cast<RrClass>(*klass), *ttl, *data});
  return true;
}

bool parse_section(Reader& reader, int count, std::vector<Rr>& section, Message& message) {
  for (int i = 0; i < count; ++i) {
    if (!parse_record(reader, section, message)) return false;
  }
  return true;
}

bool parse_question(Reader& reader, Message& message) {
  if (message.header.questions == 0) return true;
  if (message.header.questions != 1) return false;
  Reader start = reader;
  if (!Name::parse(reader) || !reader.u32()) return false;
  const auto octets = *start.take(reader.position() - start.position());
  message.question.assign(octets.begin(), octets.end());
  return true;
}

void append_section(std::string_view title, const std::vector<Rr>& section, std::string& text) {
  for (const Rr& rr : section) text += fmt::format("  {:<11} {}\n", title, rr.to_text());
}

}  // namespace

std::vector<std::uint8_t> make_query(const QuerySpec& spec) {
  std::string out;
  append_u16(out, spec.id);
  append_u16(out, spec.flags);
  for (const int count : {spec.name.empty() ? 0 : 1, 0, 0, spec.udp_payload ? 1 : 0}) {
    append_u16(out, static_cast<std::uint16_t>(count));
  }
  if (!spec.name.empty()) {
    out += Name::from_text(spec.name).value().wire();
    append_u16(out, static_cast<std::uint16_t>(spec.type));
    append_u16(out, static_cast<std::uint16_t>(spec.klass));
  }
  if (spec.udp_payload) {
    std::string options;
    for (const RawOption& option : spec.options) {
      append_u16(options, option.code);
      append_u16(options, static_cast<std::uint16_t>(option.data.size()));
      options += option.data;
    }
    auto opt =
        make_opt(*spec.udp_payload, Rcode::NoError, static_cast<std::uint16_t>(options.size()));
    opt[6] = spec.edns_version;
    out.append(opt.begin(), opt.end());
    out += options;
  }
  return {out.begin(), out.end()};
}

std::string RawOption::to_text() const {
  const std::vector<std::uint8_t> octets(data.begin(), data.end());
  Reader reader(octets);
  switch (static_cast<EdnsOption>(code)) {
    case EdnsOption::Nsid:
      return "nsid=" + data;
    case EdnsOption::Cookie:
      return data.size() == 24 ? "cookie" : fmt::format("cookie/{}", data.size());
    case EdnsOption::Padding:
      return fmt::format("padding={}", data.size());
    case EdnsOption::Keepalive:
      return fmt::format("keepalive={}", reader.u16().value_or(0));
    case EdnsOption::ExtendedError:
      return fmt::format("ede={}", reader.u16().value_or(0));
    case EdnsOption::ZoneVersion: {
      const int labels = reader.u8().value_or(0);
      const int type = reader.u8().value_or(0);
      return fmt::format("zoneversion={}/{}/{}", labels, type, reader.u32().value_or(0));
    }
  }
  return fmt::format("option{}", code);
}

std::string Rr::to_text() const {
  return fmt::format("{} {} {}", owner.to_text(), type_text(type), data);
}

std::optional<Message> parse_message(std::span<const std::uint8_t> octets) {
  Message message;
  Reader reader(octets);
  const auto header = Header::parse(reader);
  if (!header) return std::nullopt;
  message.header = *header;
  message.flags = *Reader(octets, 2).u16();
  message.rcode = static_cast<std::uint32_t>(header->rcode);
  if (!parse_question(reader, message) ||
      !parse_section(reader, header->answers, message.answers, message) ||
      !parse_section(reader, header->authorities, message.authorities, message) ||
      !parse_section(reader, header->additionals, message.additionals, message) ||
      !reader.at_end()) {
    return std::nullopt;
  }
  return message;
}

std::string Message::to_text() const {
  std::string text = rcode_text(rcode);
  if (header.authoritative) text += " aa";
  if (header.truncated) text += " tc";
  if (header.recursion_desired) text += " rd";
  if (edns) text += fmt::format(" edns {}", edns->udp_payload);
  for (const RawOption& option : options) text += " " + option.to_text();
  text += '\n';
  append_section("answer", answers, text);
  append_section("authority", authorities, text);
  append_section("additional", additionals, text);
  return text;
}

std::string type_text(RrType type) {
  for (const auto& [value, text] : kTypes) {
    if (value == type) return std::string(text);
  }
  return fmt::format("TYPE{}", static_cast<int>(type));
}

std::optional<RrType> parse_type(std::string_view text) {
  for (const auto& [value, name] : kTypes) {
    if (name == text) return value;
  }
  if (!text.starts_with("TYPE")) return std::nullopt;
  return static_cast<RrType>(std::stoi(std::string(text.substr(4))));
}

std::string rcode_text(std::uint32_t rcode) {
  switch (static_cast<Rcode>(rcode)) {
    case Rcode::NoError:
      return "NOERROR";
    case Rcode::FormErr:
      return "FORMERR";
    case Rcode::ServFail:
      return "SERVFAIL";
    case Rcode::NxDomain:
      return "NXDOMAIN";
    case Rcode::NotImp:
      return "NOTIMP";
    case Rcode::Refused:
      return "REFUSED";
    case Rcode::NotAuth:
      return "NOTAUTH";
    case Rcode::BadVers:
      return "BADVERS";
  }
  return fmt::format("RCODE{}", rcode);
}

}  // namespace dnsd::testing
