// Any text is a file of services, or an error that says why not.
#include "tests/fuzz/fuzz.h"
#include "watcher/file/parse.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto content = watcher::file::parse(fuzz::text(data, size));
  if (!content) {
    fuzz::expect(!content.error().message.empty(), "an error says why");
    return 0;
  }
  for (const auto& service : content->services) {
    fuzz::expect(service.valid || service.tasks.empty(), "a wrong service has no tasks");
    for (const watcher::Task& task : service.tasks) {
      fuzz::expect(!task.agent_addresses.empty(), "a task is somewhere");
      for (const auto& port : task.ports) fuzz::expect(port.port != 0, "a port has a number");
    }
  }
  return 0;
}
