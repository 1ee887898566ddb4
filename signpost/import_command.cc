#include "signpost/import_command.h"

#include <fmt/core.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "admin/indented.h"
#include "migrate/import.h"
#include "migrate/marathon_lb.h"
#include "migrate/mesos_dns.h"

namespace signpost {
namespace {

namespace json = boost::json;

std::string as_json(const migrate::Import& import) {
  json::array settings;
  for (const migrate::Finding& one : import.findings) {
    settings.push_back({{"key", one.key},
                        {"value", one.value},
                        {"result", std::string(migrate::word_of(one.fate))},
                        {"option", one.option},
                        {"note", one.note}});
  }
  return admin::indented({{"yaml", import.yaml}, {"settings", std::move(settings)}}) + "\n";
}

int print(const common::Expected<migrate::Import>& import, bool json) {
  if (!import) {
    fmt::print(stderr, "signpost: {}\n", import.error().message);
    return 1;
  }
  fmt::print("{}", json ? as_json(*import) : import->yaml);
  return 0;
}

common::Expected<migrate::Import> import_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) {
    return common::fail(common::ErrorCode::NotFound, fmt::format("{}: cannot be read", path));
  }
  return migrate::import_mesos_dns(text, path);
}

}  // namespace

void ImportCommand::add_to(CLI::App& app, int& status) {
  auto* import =
      app.add_subcommand("import", "Write what another program was told as YAML of ours");
  import->add_flag(
      "--reference", reference_, "Print what becomes of every setting we know, as Markdown");
  import->require_subcommand(0, 1);
  import->callback([this, import] {
    if (!import->get_subcommands().empty()) return;
  if (!reference_) throw CLI::RequiredError("mesos-dns or marathon-lb");
  fmt::print("{}", migrate::reference());
});

auto* mesos_dns = import->add_subcommand("mesos-dns", "From a config.json of Mesos-DNS");
mesos_dns->add_option("FILE", file_, "Its config.json")->required()->check(CLI::ExistingFile);
mesos_dns->add_flag("--json", as_json_, "Print YAML and findings as JSON");
mesos_dns->callback([&] { status = print(import_file(file_), as_json_); });

auto* marathon_lb = import->add_subcommand("marathon-lb", "From what marathon-lb is started with");
marathon_lb->add_flag("--json", as_json_, "Print YAML and findings as JSON");
marathon_lb
    ->add_option("ARGUMENTS",
                 words_,
                 "Behind --: perhaps variables (NAME=VALUE), then its arguments, as in "
                 "-- PORTS=9090 sse -m http://marathon:8080 --group external")
    ->required();
marathon_lb->callback([&] { status = print(migrate::import_marathon_lb(words_), as_json_); });
}  // namespace signpost

}  // namespace signpost
