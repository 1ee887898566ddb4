#include "tests/dnsd/cases/member_line.h"

#include <map>
#include <string_view>

namespace dnsd::testing {
namespace {

using common::IpAddress;
using common::SocketAddress;
using watcher::Member;
using watcher::Role;

const std::map<std::string_view, Role> kRoles{{"leader", Role::LeadingMaster},
                                              {"master", Role::Master},
                                              {"agent", Role::Agent},
                                              {"framework", Role::Framework}};

/// "10.0.0.1", "10.0.0.1:5050"; false when it is neither.
bool add_address(const std::string& word, Member& member) {
  if (const auto ip = IpAddress::parse(word)) {
    member.addresses.push_back(*ip);
    return true;
  }
  const auto at = SocketAddress::parse(word);
  if (!at) return false;
  member.addresses.push_back(at->ip);
  member.port = at->port;
  return true;
}

}  // namespace

common::Expected<Member> parse_member(std::span<const std::string> words) {
  const auto wrong = common::fail(common::ErrorCode::InvalidInput,
                                  "as in: member master m1 10.0.0.1:5050, or: member agent a gone");
  if (words.size() < 2 || !kRoles.contains(words[0])) return wrong;
  Member member{.role = kRoles.at(words[0]), .id = words[1], .name = words[1]};
  for (const std::string& word : words.subspan(2)) {
    if (word != "gone" && !add_address(word, member)) return wrong;
  }
  return member;
}

}  // namespace dnsd::testing
