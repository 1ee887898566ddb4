#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace watcher {

/// Whose words a label speaks.
enum class LabelFamily : std::uint8_t { Ours, Dcos, MarathonLb };

/// What we make of a label.
enum class Heed : std::uint8_t {
  Honoured,  // It means here what it means there.
  Differs,   // It has an effect, but not all of it.
  Ignored,   // It has none, and is reported on a port that is opened.
  Closes,    // Its port is not opened, as it would be open to those whom the label keeps out.
};

/// One label as people write it; <n> stands for the place of a port among the app's definitions.
struct LabelRow {
  LabelFamily family;
  std::string_view key;    // SIGNPOST_BALANCE, HAPROXY_<n>_PORT
  std::string_view value;  // What it may hold, in words.
  Heed heed;
  std::string_view text;  // What it decides; of an ignored one, why and what to write instead.
};

/// Every label that means something to us or to those we replace, once. Reports of bad labels and
/// docs/reference/labels.md follow it.
std::span<const LabelRow> label_table();

/// The row of a label by its name without prefix and place, such as "BALANCE" for
/// SIGNPOST_0_BALANCE; null when there is none.
const LabelRow* find_label_row(LabelFamily family, std::string_view what);

/// The table as Markdown.
std::string label_reference();

}  // namespace watcher
