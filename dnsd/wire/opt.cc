#include "dnsd/wire/opt.h"

#include <algorithm>

namespace dnsd {
namespace {

constexpr std::size_t kOptionHead = 4;    // Code and length.
constexpr std::size_t kOwnerAndType = 3;  // Of the record.

/// RFC 7873 section 4: the client's part, then perhaps the server's of 8 to 32 octets.
bool is_cookie_size(std::size_t size) { return size == 8 || (size >= 16 && size <= 40); }

bool read_option(std::uint16_t code, std::span<const std::uint8_t> data, Edns& edns) {
  switch (static_cast<EdnsOption>(code)) {
    case EdnsOption::Nsid:
      edns.nsid = true;
      break;
    case EdnsOption::ZoneVersion:
      edns.zone_version = true;
      break;
    case EdnsOption::Keepalive:
      edns.keepalive = true;
      break;
    case EdnsOption::Padding:
      edns.padding = true;
      break;
    case EdnsOption::Cookie:
      if (!is_cookie_size(data.size())) return false;  // RFC 7873 section 5.2.2
      if (edns.cookie.empty()) edns.cookie = data;
      break;
    case EdnsOption::ExtendedError:
      break;  // Only replies have it.
  }
  return true;
}

/// Each option is a code, a length and as many octets; they must fill the data exactly.
bool read_options(std::span<const std::uint8_t> data, Edns& edns) {
  Reader options(data);
  while (!options.at_end()) {
    const auto code = options.u16();
    const auto length = options.u16();
    if (!code || !length) return false;
    const auto octets = options.take(*length);
    if (!octets || !read_option(*code, *octets, edns)) return false;
  }
  return true;
}

std::uint8_t upper(unsigned value) { return static_cast<std::uint8_t>(value >> 8U); }
std::uint8_t lower(unsigned value) { return static_cast<std::uint8_t>(value & 0xffU); }

}  // namespace

bool read_opt(Reader& reader, Edns& edns) {
  const auto fixed = reader.take(kOptSize - kOwnerAndType);
  if (!fixed) return false;
  const auto field = [&fixed](std::size_t at) {
    return static_cast<std::uint16_t>((*fixed)[at] << 8U | (*fixed)[at + 1]);
  };
  const auto data = reader.take(field(6));
  edns.udp_payload = field(0);
  edns.version = (*fixed)[3];
  return data && read_options(*data, edns);
}

void OptionList::add(EdnsOption option, std::span<const std::uint8_t> data) {
  if (kOptionHead + data.size() > octets_.size() - size_) return;
  for (const unsigned value : {static_cast<unsigned>(option), static_cast<unsigned>(data.size())}) {
    octets_[size_++] = upper(value);
    octets_[size_++] = lower(value);
  }
  std::copy(data.begin(), data.end(), octets_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += data.size();
}

void OptionList::add_u16(EdnsOption option, std::uint16_t data) {
  const std::array octets{upper(data), lower(data)};
  add(option, octets);
}

}  // namespace dnsd
