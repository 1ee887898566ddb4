#include "watcher/file/inventory.h"

#include <utility>

namespace watcher::file {

void Inventory::take(Content content) {
  auto before = std::exchange(services_, {});
  for (Service& service : content.services) {
    if (service.valid) {
      services_.emplace(std::move(service.name), std::move(service.tasks));
    } else if (auto known = before.extract(service.name)) {
      services_.insert(std::move(known));
    }
  }
}

std::vector<Task> Inventory::tasks() const {
  std::vector<Task> tasks;
  for (const auto& [name, own] : services_) tasks.insert(tasks.end(), own.begin(), own.end());
  return tasks;
}

}  // namespace watcher::file
