#include "vipd/server/server_names.h"

#include <utility>

namespace vipd {

void ServerNames::set(const watcher::VipId& id, Service& service, std::vector<std::string> names) {
  clear(id);
  if (names.empty()) return;
  for (const std::string& name : names) by_name_[name].insert_or_assign(id, &service);
  by_vip_.emplace(id, std::move(names));
}

void ServerNames::clear(const watcher::VipId& id) {
  const auto known = by_vip_.find(id);
  if (known == by_vip_.end()) return;
  for (const std::string& name : known->second) {
    const auto place = by_name_.find(name);
    if (place == by_name_.end()) continue;  // It stood there twice.
    place->second.erase(id);
    if (place->second.empty()) by_name_.erase(place);
  }
  by_vip_.erase(known);
}

Service* ServerNames::find(std::string_view name) const {
  if (Service* service = exactly(name)) return service;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    if (Service* service = exactly("*" + std::string(name.substr(dot)))) return service;
  }
  return exactly("*");
}

Service* ServerNames::exactly(std::string_view name) const {
  const auto place = by_name_.find(name);
  return place == by_name_.end() ? nullptr : place->second.begin()->second;
}

}  // namespace vipd
