#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "config/settings.h"

/// What other programs were told, in our words. Pure: text in, text out.
namespace migrate {

/// What becomes of a setting of another program.
enum class Fate : std::uint8_t {
  Same,     // An option of ours means the same, or so does ours without one.
  Differs,  // An option of ours means something near to it.
  Dropped,  // Nothing does.
};

/// One setting that another program knows, as the reference lists it.
struct Row {
  std::string_view key;
  Fate fate = Fate::Dropped;
  std::string_view option;  // Ours; empty: none.
  std::string_view note;    // What differs, or why there is none and what to do instead.
};

/// One setting that was given, and what became of it.
struct Finding {
  std::string key;
  std::string value;  // Secrets are hidden.
  Fate fate = Fate::Same;
  std::string option;
  std::string note;
};

struct Import {
  std::string
      yaml;  // A configuration of ours with what was found as comments; config::parse() takes it.
  std::vector<Finding> findings;  // In the order given.
};

/// The words of docs/reference/import.md for a fate.
std::string_view word_of(Fate fate);

/// `settings` as YAML, as far as they are not the defaults, behind a comment that says where they
/// are from and what of the findings is not the same.
/// Errors: what config::parse() would refuse of it.
common::Expected<Import> finish(const config::Settings& settings,
                                std::string_view from,
                                std::vector<Finding> findings);

/// Every setting that is known of the programs we replace, as Markdown.
std::string reference();

}  // namespace migrate
