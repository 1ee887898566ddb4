#include "dnsd/zone/mesos_dns_labels.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "dnsd/wire/name.h"

namespace dnsd {
namespace {

char to_lower(char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

std::string keep_label_characters(std::string_view text) {
  std::string out;
  for (const char raw : text) {
    const char c = to_lower(raw);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
    if (c == '-' || c == '.' || c == '_') out += '-';
  }
  return out;
}

std::string_view without_leading(std::string_view characters, std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
  return text;
}

/// What one rule allows.
struct Allowed {
  std::string_view not_in_front;
  std::size_t most;
};

Allowed allowed_by(config::LabelRule rule) {
  if (rule == config::LabelRule::Rfc952) return {"-0123456789", 24};
  return {"-", Name::kMaxLabel};
}

std::string_view without_trailing_dashes(std::string_view text) {
  return text.substr(0, text.find_last_not_of('-') + 1);
}

std::array<unsigned char, 20> sha1(std::string_view text) {
  std::array<unsigned char, 20> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
  return digest;
}

}  // namespace

std::string mesos_label(std::string_view text, config::LabelRule rule) {
  const Allowed allowed = allowed_by(rule);
  const std::string kept = keep_label_characters(text);
  const std::string_view label = without_leading(allowed.not_in_front, kept);
  const std::string_view first = label.substr(0, allowed.most);
  std::string out(without_trailing_dashes(first));
  const std::string_view rest = without_leading("-", label.substr(first.size()));
  out += rest.substr(0, first.size() - out.size());
  return out;
}

std::string mesos_domain_part(std::string_view text, config::LabelRule rule) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const std::string label = mesos_label(text.substr(0, dot), rule);
    if (!out.empty() && !label.empty()) out += '.';
    out += label;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return out;
}

bool is_reserved_framework(std::string_view framework) {
  const std::string_view last = framework.substr(framework.rfind('.') + 1);
  if (last.empty() || last == "leader" || last == "slave" || last == "ns1") return true;
  if (!last.starts_with("master")) return false;
  return last.find_first_not_of("0123456789", 6) == std::string_view::npos;
}

std::string mesos_task_hash(std::string_view task_id) {
  constexpr std::string_view kAlphabet = "ybndrfg8ejkmcpqxot1uwisza345h769";
  const auto digest = sha1(task_id);
  const std::uint32_t bits = std::uint32_t{digest[0]} << 24U | std::uint32_t{digest[1]} << 16U |
                             std::uint32_t{digest[2]} << 8U | std::uint32_t{digest[3]};
  std::string out;
  for (unsigned shift = 27; out.size() < 5; shift -= 5) out += kAlphabet[bits >> shift & 31U];
  return out;
}

std::string mesos_agent_tail(std::string_view agent_id) {
  return lowered(agent_id.substr(agent_id.rfind('-') + 1));
}

std::string mesos_canonical_part(std::string_view name,
                                 std::string_view hash,
                                 std::string_view tail) {
  std::string end = "-" + std::string(hash);
  if (!tail.empty()) end += "-" + std::string(tail);
  const std::size_t last_label = name.rfind('.') + 1;  // npos + 1 is 0.
  const std::size_t taken = std::min(end.find('.'), end.size());
  const std::size_t room = Name::kMaxLabel - std::min(taken, Name::kMaxLabel);
  return std::string(name.substr(0, last_label)) +
         std::string(name.substr(last_label).substr(0, room)) + end;
}

}  // namespace dnsd
