#include "signpost/look_commands.h"

#include "signpost/look.h"
#include "signpost/output.h"
#include "signpost/status.h"

namespace signpost {

void LookCommands::add_to(CLI::App& app, int& status) {
  add(app, "status", "Say how a running Signpost is")->callback([&] {
    status = print(signpost::status(desk_));
  });
  add(app, "services", "List services with their tasks and virtual IPs")->callback([&] {
    status = print(list_services(desk_));
  });
  auto* endpoints = add(app, "endpoints", "List the endpoints of a service, and what fails there");
  endpoints->add_option("SERVICE", subject_, "The id of its app such as /sise, or a name of its")
      ->required();
  endpoints->callback([&] { status = print(list_endpoints(desk_, subject_)); });
  add_explain(app, status);
  add_query(app, status);
  add_top(app, status);
}

/// With what all of them take.
CLI::App* LookCommands::add(CLI::App& to, const std::string& name, const std::string& text) {
  CLI::App* command = to.add_subcommand(name, text);
  add_desk(*command, desk_);
  return command;
}

void LookCommands::add_explain(CLI::App& app, int& status) {
  auto* command = add(app, "explain", "Say why a name or a virtual IP leads where it does");
  command->add_option("NAME|VIP", subject_, "A domain name, or NAME:PORT or ADDRESS:PORT for a VIP")
      ->required();
  command->add_option(
      "TYPE", type_, "Of records of a name; SRV where it begins with '_', else A by default");
  command->footer(
      "Of a name: what is answered, which scheme and which tasks made it, who was left out and "
      "why. "
      "Of a\nvirtual IP: its address, pools, weights and backends.");
  command->callback([&] { status = print(explain(desk_, subject_, type_)); });
}

void LookCommands::add_query(CLI::App& app, int& status) {
  auto* command = add(app, "query", "Ask the DNS server, as a client does");
  command->add_option("NAME", query_.name, "A domain name")->required();
  command->add_option(
      "TYPE", query_.type, "Of records; SRV where the name begins with '_', else A by default");
  command->add_option("--dns",
                      query_.server,
                      "ADDRESS or ADDRESS:PORT; by default where the running Signpost listens");
  command->callback([&] { status = print(query(desk_, query_)); });
}

void LookCommands::add_top(CLI::App& app, int& status) {
  auto* command = add(app, "top", "Watch virtual IPs, backends, sources and answers");
  command->add_flag("--once", top_.once, "Print one screen, as without a terminal");
  command->add_option("--interval", top_.interval_s, "Seconds over which rates are taken")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 60.0));
  command->footer("Ends with q or Ctrl-C.");
  command->callback([&] { status = top(desk_, top_); });
}

}  // namespace signpost
