#include "watcher/probe/kinds/dns_message.h"

#include <algorithm>
#include <array>

namespace watcher::probe {
namespace {

constexpr std::size_t kHeader = 12;

void put16(std::string& out, std::uint16_t value) {
  out += {static_cast<char>(value >> 8), static_cast<char>(value & 255)};
}
std::uint16_t get16(std::string_view in, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(in[at]) << 8 |
                                    static_cast<unsigned char>(in[at + 1]));
}

}  // namespace

std::string dns_query(std::string_view name, std::uint16_t id) {
  std::string query;
  put16(query, id);
  // Recursion desired, one question.
  constexpr std::array<std::uint16_t, 5> kFields{0x0100, 1, 0, 0, 0};
  for (const std::uint16_t field : kFields) put16(query, field);
  while (!name.empty()) {
    const std::string_view label = name.substr(0, name.find('.'));
    query += static_cast<char>(label.size());
    query += label;
    name.remove_prefix(std::min(label.size() + 1, name.size()));
  }
  query += '\0';
  put16(query, 1);  // A
  put16(query, 1);  // IN
  return query;
}

std::string dns_problem(std::string_view answer, std::uint16_t id) {
  if (answer.size() < kHeader) return "the answer is no DNS message";
  const std::uint16_t flags = get16(answer, 2);
  if (get16(answer, 0) != id || (flags & 0x8000U) == 0) return "the answer is to another question";
  const int rcode = flags & 15;
  return rcode == 0 ? "" : "rcode " + std::to_string(rcode);
}

}  // namespace watcher::probe
