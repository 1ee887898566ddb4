#include "dnsd/transfer/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cassert>

#include "common/base64.h"
#include "dnsd/wire/header.h"
#include "dnsd/wire/rdata.h"

namespace dnsd {
namespace {

constexpr std::size_t kMacSize = 32;
constexpr std::size_t kLongestKeyName = 128;  // So that a signature fits into every datagram.
constexpr std::size_t kLeastMacSize = 16;     // RFC 8945 section 5.2.2.1: half, and at least ten.

const Name& hmac_sha256() {
  static const Name kName = Name::from_text("hmac-sha256").value();
  return kName;
}

std::string mac_of(const TsigKey& key, std::string_view octets) {
  std::string mac(kMacSize, '\0');
  unsigned size = 0;
  HMAC(EVP_sha256(),
       key.secret.data(),
       static_cast<int>(key.secret.size()),
       reinterpret_cast<const std::uint8_t*>(octets.data()),
       octets.size(),
       reinterpret_cast<std::uint8_t*>(mac.data()),
       &size);
  assert(size == kMacSize);
  return mac;
}

std::string text_of(std::span<const std::uint8_t> octets) { return {octets.begin(), octets.end()}; }

std::uint16_t number_at(std::span<const std::uint8_t> octets, std::size_t offset) {
  return static_cast<std::uint16_t>(octets[offset] << 8U | octets[offset + 1]);
}

void add_to_additionals(std::span<std::uint8_t> message, int count) {
  constexpr std::size_t kAt = 10;  // ARCOUNT in the header.
  const unsigned now = static_cast<unsigned>(number_at(message, kAt) + count);
  message[kAt] = static_cast<std::uint8_t>(now >> 8U);
  message[kAt + 1] = static_cast<std::uint8_t>(now);
}

/// The message as it was before its TSIG record was added (section 4.3.2).
std::string unsigned_query(std::span<const std::uint8_t> query,
                           std::size_t offset,
                           const Tsig& tsig) {
  std::string id;
  append_u16(id, tsig.original_id);
  return text_of(without_tsig(query, offset)).replace(0, id.size(), id);
}

bool is_equal(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

const TsigKey* find_key(const TsigKeys& keys, const Tsig& tsig) {
  if (!(tsig.algorithm == hmac_sha256())) return nullptr;
  const auto found = std::find_if(
      keys.begin(), keys.end(), [&](const TsigKey& key) { return key.name == tsig.key; });
  return found == keys.end() ? nullptr : &*found;
}

bool is_timely(const Tsig& tsig, std::uint64_t now_s) {
  const std::uint64_t apart = std::max(tsig.time_s, now_s) - std::min(tsig.time_s, now_s);
  return apart <= tsig.fudge_s;
}

/// Appends a record to a message and counts it in. The caller made room.
std::size_t append_record(std::string_view record, std::span<std::uint8_t> out, std::size_t size) {
  std::copy(record.begin(), record.end(), out.begin() + static_cast<std::ptrdiff_t>(size));
  add_to_additionals(out, +1);
  return size + record.size();
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view take_word(std::string_view& line) {
  while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
  const auto end = std::find_if(line.begin(), line.end(), is_blank);
  const std::string_view word = line.substr(0, static_cast<std::size_t>(end - line.begin()));
  line.remove_prefix(word.size());
  return word;
}

}  // namespace

std::optional<TsigKeys> parse_tsig_keys(std::string_view text) {
  TsigKeys keys;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view name_text = take_word(line);
    if (name_text.empty() || name_text.front() == '#') continue;
    auto name = Name::from_text(name_text);
    auto secret = common::base64_decode(take_word(line));
    if (!name || name->size() > kLongestKeyName || !secret || secret->empty() ||
        !take_word(line).empty()) {
      return std::nullopt;
    }
    name->make_lower();
    keys.push_back({*name, std::move(*secret)});
  }
  return keys;
}

std::size_t Signer::size() const {
  Tsig tsig;
  tsig.key = key_.name;
  tsig.algorithm = hmac_sha256();
  tsig.mac.resize(kMacSize);
  tsig.other.resize(6);
  return tsig_record(tsig).size();
}

Tsig Signer::record(std::span<const std::uint8_t> message, std::uint64_t now_s) const {
  Tsig tsig;
  tsig.key = key_.name;
  tsig.algorithm = hmac_sha256();
  tsig.time_s = now_s;
  tsig.original_id = number_at(message, 0);
  return tsig;
}

std::size_t Signer::sign(std::span<std::uint8_t> out,
                         std::size_t size,
                         std::uint64_t now_s,
                         const Tsig* wrong_time) {
  Tsig tsig = record(out, now_s);
  if (wrong_time != nullptr) {  // RFC 8945 section 5.2.3: the query's time, and ours.
    tsig.time_s = wrong_time->time_s;
    tsig.error = TsigError::BadTime;
    append_u16(tsig.other, static_cast<std::uint16_t>(now_s >> 32U));
    append_u32(tsig.other, static_cast<std::uint32_t>(now_s));
  }
  std::string covered;
  if (mac_) {
    append_u16(covered, static_cast<std::uint16_t>(mac_->size()));
    covered += *mac_;
  }
  covered += text_of(out.first(size));
  covered += first_ ? tsig_variables(tsig) : tsig_timers(tsig);
  first_ = false;
  tsig.mac = mac_of(key_, covered);
  mac_ = tsig.mac;
  return append_record(tsig_record(tsig), out, size);
}

std::optional<Verdict> verify(std::span<const std::uint8_t> query,
                              std::size_t offset,
                              const TsigKeys& keys,
                              std::uint64_t now_s) {
  const auto tsig = parse_tsig(query, offset);
  if (!tsig || tsig->mac.size() > kMacSize) return std::nullopt;
  Verdict verdict{*tsig};
  verdict.key = find_key(keys, *tsig);
  if (verdict.key == nullptr) {
    verdict.error = TsigError::BadKey;
    return verdict;
  }
  if (tsig->mac.size() < kLeastMacSize) return std::nullopt;
  const std::string mac =
      mac_of(*verdict.key, unsigned_query(query, offset, *tsig) + tsig_variables(*tsig));
  if (!is_equal(std::string_view(mac).substr(0, tsig->mac.size()), tsig->mac)) {
    verdict.error = TsigError::BadSig;
  } else if (tsig->mac.size() < kMacSize) {
    verdict.error = TsigError::BadTrunc;
  } else if (!is_timely(*tsig, now_s)) {
    verdict.error = TsigError::BadTime;
  }
  return verdict;
}

std::vector<std::uint8_t> without_tsig(std::span<const std::uint8_t> query, std::size_t offset) {
  std::vector<std::uint8_t> octets(query.begin(),
                                   query.begin() + static_cast<std::ptrdiff_t>(offset));
  add_to_additionals(octets, -1);
  return octets;
}

std::size_t append_refusal(const Verdict& verdict, std::span<std::uint8_t> out, std::size_t size) {
  Tsig tsig = verdict.tsig;
  tsig.mac.clear();
  tsig.other.clear();
  tsig.error = verdict.error;
  const std::string record = tsig_record(tsig);
  return out.size() - size < record.size() ? size : append_record(record, out, size);
}

}  // namespace dnsd
