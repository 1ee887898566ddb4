#pragma once

#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "common/result.h"
#include "tests/dnsd/message.h"

namespace dnsd::testing {

/// What an `expect` line and the records below it say. Exact: a flag or section that is not
/// mentioned must be absent.
class Expectation {
 public:
  static common::Expected<Expectation> parse(std::span<const std::string> words);

  /// "answer", {"web.marathon.mesos.", "A", "10.0.0.1"}
  common::Expected<void> add_record(std::string_view section, std::span<const std::string> words);

  /// In what a reply differs, in words; empty when it does not.
  std::string difference(const std::optional<Message>& reply, std::size_t size) const;

 private:
  /// A section is described by a count, by types, or by its records: whatever was written.
  struct Section {
    std::optional<std::size_t> count;
    std::multiset<std::string> types;
    std::multiset<std::string> records;

    std::string difference(std::string_view title, const std::vector<Rr>& rrs) const;
  };
  static constexpr std::array<std::string_view, 3> kSections{"answer", "authority", "additional"};

  Section* find_section(std::string_view title);
  common::Expected<void> add_word(const std::string& word, const std::string& next, bool& taken);

  bool silence_ = false;
  std::string rcode_;
  std::set<std::string> flags_;
  std::optional<std::size_t> max_size_;
  std::array<Section, 3> sections_;
};

}  // namespace dnsd::testing
