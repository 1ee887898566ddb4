#include "tests/dnsd/cases/expectation.h"

#include <fmt/core.h>

#include <algorithm>

namespace dnsd::testing {
namespace {

using common::ErrorCode;
using common::Expected;

tl::unexpected<common::Error> bad(std::string message) {
  return common::fail(ErrorCode::InvalidInput, std::move(message));
}

bool is_number(const std::string& word) {
  return !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
}

bool is_flag(const std::string& word) {
  return word == "aa" || word == "tc" || word == "edns" || word == "norecurse";
}

/// "nsid=ns1", "ede=14", "cookie": an option of the OPT record.
bool is_option(const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  return name == "nsid" || name == "ede" || name == "cookie" || name == "zoneversion" ||
         name == "keepalive";
}

/// Options count as flags, and there is no option without EDNS.
std::set<std::string> flags_of(const Message& reply) {
  std::set<std::string> flags;
  for (const RawOption& option : reply.options) flags.insert(option.to_text());
  if (reply.header.authoritative) flags.insert("aa");
  if (reply.header.truncated) flags.insert("tc");
  if (reply.edns) flags.insert("edns");
  if (!reply.header.recursion_desired) flags.insert("norecurse");
  return flags;
}

std::string joined(const auto& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

}  // namespace

Expectation::Section* Expectation::find_section(std::string_view title) {
  const auto found = std::find(kSections.begin(), kSections.end(), title);
  if (found == kSections.end()) return nullptr;
  return &sections_[static_cast<std::size_t>(found - kSections.begin())];
}

Expected<void> Expectation::add_word(const std::string& word,
                                     const std::string& next,
                                     bool& taken) {
  taken = false;
  if (is_flag(word) || is_option(word)) {
    flags_.insert(word);
  } else if (word.starts_with("size<=") && is_number(word.substr(6))) {
    max_size_ = std::stoul(word.substr(6));
  } else if (Section* section = find_section(word); section != nullptr && !next.empty()) {
    taken = true;
    if (is_number(next)) {
      section->count = std::stoul(next);
    } else {
      section->types.insert(next);
    }
  } else {
    return bad(fmt::format("'{}' means nothing in an expectation", word));
  }
  return {};
}

Expected<Expectation> Expectation::parse(std::span<const std::string> words) {
  if (words.empty()) return bad("an expectation starts with an rcode, or is 'silence'");
  Expectation expectation;
  expectation.silence_ = words.front() == "silence";
  expectation.rcode_ = words.front();
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string next = i + 1 < words.size() ? words[i + 1] : "";
    bool taken = false;
    if (auto added = expectation.add_word(words[i], next, taken); !added) {
      return tl::unexpected(added.error());
    }
    if (taken) ++i;
  }
  return expectation;
}

Expected<void> Expectation::add_record(std::string_view section,
                                       std::span<const std::string> words) {
  if (words.size() < 3) return bad("a record is <owner> <type> <data>");
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  find_section(section)->records.insert(text);
  return {};
}

std::string Expectation::Section::difference(std::string_view title,
                                             const std::vector<Rr>& rrs) const {
  const std::size_t expected = count.value_or(std::max(types.size(), records.size()));
  if (rrs.size() != expected) {
    return fmt::format("expected {} {} records, got {}", expected, title, rrs.size());
  }
  std::multiset<std::string> found_types;
  std::multiset<std::string> found;
  for (const Rr& rr : rrs) {
    found_types.insert(type_text(rr.type));
    found.insert(rr.to_text());
  }
  if (!types.empty() && types != found_types) {
    return fmt::format("expected in {}: {}; got {}", title, joined(types), joined(found_types));
  }
  for (const std::string& record : records) {
    if (found.count(record) == 0) return fmt::format("missing in {}: {}", title, record);
  }
  return "";
}

std::string Expectation::difference(const std::optional<Message>& reply, std::size_t size) const {
  if (silence_) return reply ? "expected silence" : "";
  if (!reply) return "expected a reply, got none";
  if (const auto got = rcode_text(reply->rcode); got != rcode_) {
    return fmt::format("expected {}, got {}", rcode_, got);
  }
  if (const auto got = flags_of(*reply); got != flags_) {
    return fmt::format("expected flags {}; got {}", joined(flags_), joined(got));
  }
  if (max_size_ && size > *max_size_) {
    return fmt::format("expected at most {} octets, got {}", *max_size_, size);
  }
  const std::array sections{&reply->answers, &reply->authorities, &reply->additionals};
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const std::string difference = sections_[i].difference(kSections[i], *sections[i]);
    if (!difference.empty()) return difference;
  }
  return "";
}

}  // namespace dnsd::testing
