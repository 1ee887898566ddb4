// The command line: one function a command, each returning the process's exit status.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "common/log.h"
#include "config/load.h"
#include "minimarathon/images.h"
#include "minimarathon/minimarathon.h"
#include "signpost/check.h"
#include "signpost/demo.h"
#include "signpost/help_commands.h"
#include "signpost/import_command.h"
#include "signpost/look_commands.h"
#include "signpost/process.h"
#include "signpost/roles.h"
#include "signpost/traffic_commands.h"

namespace {

namespace log = common::log;
using common::Expected;

constexpr const char* kDescription =
    "Service discovery and virtual IPs for container clusters: follows an orchestrator's event "
    "bus,\n"
    "answers DNS for what runs, and proxies TCP and UDP from virtual IPs to it.";

int fail(const common::Error& error) {
  fmt::print(stderr, "signpost: {}\n", error.message);
  return 1;
}

/// Settings of a file, or the defaults of this command when none is named.
Expected<config::Settings> read_settings(const std::string& file, config::Settings otherwise) {
  if (file.empty()) return otherwise;
  return config::load(file);
}

int run(const std::string& file, signpost::Roles roles) {
  const auto settings = read_settings(file, config::defaults());
  if (!settings) return fail(settings.error());
  log::configure(settings->log.level, settings->log.format);
  signpost::hold_signals();
  const auto ran = signpost::run_process(file, *settings, roles);
  return ran ? 0 : fail(ran.error());
}

int run_marathon(const std::string& file) {
  const auto settings = read_settings(file, config::defaults());
  if (!settings) return fail(settings.error());
  log::configure(settings->log.level, settings->log.format);
  signpost::hold_signals();
  const auto marathon = minimarathon::MiniMarathon::start(settings->minimarathon);
  if (!marathon) return fail(marathon.error());
  log::info("marathon listens on port {}", (*marathon)->port());
  signpost::wait_for_signal();
  return 0;
}

int run_demo(const std::string& file, bool tour) {
  const auto settings = read_settings(file, signpost::demo_settings());
  if (!settings) return fail(settings.error());
  log::configure(settings->log.level, settings->log.format);
  signpost::hold_signals();
  const auto held = signpost::demo(*settings, tour);
  if (!held) return fail(held.error());
  return *held ? 0 : 1;
}

/// Adds `-c FILE` to a command.
void take_config(CLI::App& command, std::string& file, bool required) {
  auto* option = command.add_option(
      "-c,--config", file, "YAML file; every option: signpost check --print-config");
  option->check(CLI::ExistingFile)->required(required);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(kDescription, "signpost");
  app.set_version_flag("--version", "signpost " SIGNPOST_VERSION);
  app.require_subcommand(1);
  int status = 0;

  std::string file;
  bool with_marathon = false;
  auto* run_command =
      app.add_subcommand("run", "Follow an orchestrator; serve DNS and virtual IPs");
  take_config(*run_command, file, true);
  run_command->add_flag(
      "--with-marathon", with_marathon, "Run the embedded Marathon too, and follow it");
  run_command->footer(
      "SIGHUP takes up a changed FILE. With process.handover_path, the same command started again "
      "takes over from\nthe one that runs, and SIGUSR2 makes that one start it. SIGTERM ends it "
      "once "
      "its sessions have ended.");
  run_command->callback([&] { status = run(file, {.marathon = with_marathon}); });

  auto* dnsd_command = app.add_subcommand("dnsd", "Follow an orchestrator; serve DNS only");
  take_config(*dnsd_command, file, true);
  dnsd_command->callback([&] { status = run(file, {.vips = false}); });

  auto* vipd_command = app.add_subcommand("vipd", "Follow an orchestrator; serve virtual IPs only");
  take_config(*vipd_command, file, true);
  vipd_command->callback([&] { status = run(file, {.dns = false}); });

  signpost::LookCommands look;
  look.add_to(app, status);

  signpost::TrafficCommands traffic;
  traffic.add_to(app, status);

  signpost::CheckCommand check;
  check.add_to(app, status);

  signpost::ImportCommand import;
  import.add_to(app, status);

  bool tour = false;
  auto* demo_command =
      app.add_subcommand("demo", "Everything on this host, with an embedded Marathon");
  take_config(*demo_command, file, false);
  demo_command->add_flag("--tour", tour, "Walk through the workshop's lab and exit 0 or 1");
  demo_command->callback([&] { status = run_demo(file, tour); });

  auto* marathon_command = app.add_subcommand("marathon", "The embedded Marathon alone");
  take_config(*marathon_command, file, false);
  marathon_command->callback([&] { status = run_marathon(file); });

  signpost::HelpCommands help;
  help.add_to(app, status);

  std::string image;
  auto* serve_command = app.add_subcommand("serve", "Stand in for a Docker image, inside a task");
  serve_command->group("");  // Used by the embedded Marathon, not by people.
  serve_command->add_option("IMAGE", image)->required();
  serve_command->prefix_command();
  serve_command->callback(
      [&] { status = minimarathon::serve_image(image, serve_command->remaining()); });

  CLI11_PARSE(app, argc, argv);
  return status;
}
