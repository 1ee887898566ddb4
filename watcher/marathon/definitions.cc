#include "watcher/marathon/definitions.h"

namespace watcher::marathon {
namespace {

/// Equal content keeps the older pointer, so that nobody takes it for a change.
DefinitionPtr reuse(const DefinitionPtr& old, const DefinitionPtr& fresh) {
  return old && *old == *fresh ? old : fresh;
}

}  // namespace

void Definitions::set_current(const AppFacts& facts) {
  if (facts.version != version_ && current_) known_.insert_or_assign(version_, current_);
  version_ = facts.version;
  config_since_ = facts.config_since;
  current_ = reuse(current_, facts.definition);
}

void Definitions::clear_current() {
  if (current_) known_.insert_or_assign(version_, current_);
  version_.clear();
  config_since_.clear();
  current_.reset();
}

DefinitionPtr Definitions::find(const std::string& version) const {
  if (current_ && (version.empty() || version == version_)) return current_;
  if (const auto found = known_.find(version); found != known_.end()) return found->second;
  return is_resize_of_current(version) || guessed_.contains(version) ? current_ : nullptr;
}

/// Versions are timestamps of one shape, so they sort as text.
bool Definitions::is_resize_of_current(const std::string& version) const {
  return !config_since_.empty() && version.size() == config_since_.size() &&
         config_since_ <= version && version <= version_;
}

void Definitions::set(const std::string& version, const DefinitionPtr& definition) {
  asked_.erase(version);
  guessed_.erase(version);
  if (version == version_ && current_) {
    current_ = reuse(current_, definition);
  } else {
    DefinitionPtr& known = known_[version];
    known = reuse(known, definition);
  }
}

bool Definitions::want(const std::string& version) { return asked_.insert(version).second; }

void Definitions::guess(const std::string& version) { guessed_.insert(version); }

void Definitions::ask_again() {
  asked_.clear();
  guessed_.clear();
}

void Definitions::keep_only(const std::set<std::string_view>& versions) {
  std::erase_if(known_, [&](const auto& entry) { return !versions.contains(entry.first); });
}

}  // namespace watcher::marathon
