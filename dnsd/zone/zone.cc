#include "dnsd/zone/zone.h"

#include <algorithm>
#include <array>
#include <utility>

namespace dnsd {

Zone::Zone(std::vector<Apex> apexes,
           std::vector<Alias> aliases,
           Nodes nodes,
           std::uint64_t generation,
           bool synced)
    : apexes_(std::move(apexes)),
      aliases_(std::move(aliases)),
      nodes_(std::move(nodes)),
      generation_(generation),
      synced_(synced) {
  std::sort(apexes_.begin(), apexes_.end(), [](const Apex& a, const Apex& b) {
    return a.name.size() > b.name.size();
  });
  std::sort(aliases_.begin(), aliases_.end(), [](const Alias& a, const Alias& b) {
    return a.domain.size() > b.domain.size();
  });
}

const Zone::Apex* Zone::apex_of(std::string_view name) const {
  for (const Apex& apex : apexes_) {
    if (is_at_or_below(name, apex.name)) return &apex;
  }
  return nullptr;
}

void Zone::find_all(std::span<const HashedName> names, std::span<const Node*> found) const {
  nodes_.find_all(names, found, [](const Node& node) { node.prefetch(); });
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (found[i] == nullptr) found[i] = find_alias(names[i].name, kMaxAliases);
  }
}

const Node* Zone::find_alias(std::string_view name, int steps) const {
  for (const Alias& alias : aliases_) {
    if (!is_at_or_below(name, alias.domain)) continue;
    const std::string_view front = name.substr(0, name.size() - alias.domain.size());
    std::array<char, Name::kMaxSize> meant;
    const std::size_t size = front.size() + alias.target.size();
    if (size > meant.size()) return nullptr;
    std::copy(front.begin(), front.end(), meant.begin());
    std::copy(alias.target.begin(), alias.target.end(), meant.begin() + front.size());
    const std::string_view target(meant.data(), size);
    const Node* node = nodes_.find(target);
    return node == nullptr && steps > 1 ? find_alias(target, steps - 1) : node;
  }
  return nullptr;
}

}  // namespace dnsd
