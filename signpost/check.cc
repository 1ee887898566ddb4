#include "signpost/check.h"

#include <fmt/core.h>

#include <boost/json.hpp>
#include <sstream>

#include "config/load.h"
#include "signpost/output.h"
#include "watcher/vips/label_table.h"

namespace signpost {

void CheckCommand::add_to(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("check", "Check a configuration file");
  auto* file = command->add_option("FILE", file_, "YAML file");
  auto* print = command->add_flag(
      "--print-config", print_config_, "Print every option with its value and meaning");
  auto* reference = command->add_flag(
      "--reference", reference_, "Print the reference of all options as Markdown");
  auto* labels =
      command->add_flag("--labels", labels_, "Print the reference of all labels as Markdown");
  command->add_flag("--json", as_json_, "Print what is wrong with FILE as JSON")
      ->needs(file)
      ->excludes(print)
      ->excludes(reference)
      ->excludes(labels);
  command->callback([this, &status, file, print, reference, labels] {
    if (!*file && !*print && !*reference && !*labels) throw CLI::RequiredError("FILE");
    status = as_json_ ? tell_as_json() : run();
  });
}

int CheckCommand::run() const {
  const auto settings =
      file_.empty() ? common::Expected<config::Settings>(config::defaults()) : config::load(file_);
  if (!settings) return print(tl::unexpected(settings.error()));
  std::string words;
  if (reference_) words += config::reference();
  if (print_config_) words += config::print(*settings);
  if (labels_) words += watcher::label_reference();
  return print(words.empty() ? file_ + ": ok\n" : words);
}

/// {"file", "ok", "problems": ["signpost.yaml:2: ..."]}; what is wrong is what was asked for.
int CheckCommand::tell_as_json() const {
  namespace json = boost::json;
  const auto settings = config::load(file_);
  json::array problems;
  std::istringstream lines(settings ? "" : settings.error().message);
  for (std::string line; std::getline(lines, line);) problems.emplace_back(line);
  const json::object told{
      {"file", file_}, {"ok", settings.has_value()}, {"problems", std::move(problems)}};
  fmt::print("{}\n", json::serialize(told));
  return settings ? 0 : 1;
}

}  // namespace signpost
