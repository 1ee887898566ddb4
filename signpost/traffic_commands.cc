#include "signpost/traffic_commands.h"

#include <fmt/core.h>

#include <utility>

#include "signpost/output.h"

namespace signpost {

void TrafficCommands::add_to(CLI::App& app, int& status) {
  add(app, "vips", "List virtual IPs with their pools and shares", false)->callback([&] {
    status = print(list_vips(desk_));
  });
  auto* weight = add(app, "weight", "Give the pools of a virtual IP their shares", true);
  weight->add_option("POOL=WEIGHT", weights_, "None: labels decide again");
  add_drain(*weight);
  weight->callback([&] { status = print(weigh(desk_, vip_, weights_, drain_)); });
  auto* to_pool = add(app, "switch", "Send all new clients of a virtual IP to one pool", true);
  to_pool->add_option("POOL", pool_, "The id of its app")->required();
  add_drain(*to_pool);
  to_pool->callback([&] { status = print(switch_pool(desk_, vip_, pool_, drain_)); });
  add_rollout(*app.add_subcommand("rollout", "Move clients from pool to pool, step by step"),
              status);
  add_drains(*add(app, "drain", "Send no new clients to a task, agent or endpoint", false), status);
}

/// With what all commands take that speak to a running Signpost.
CLI::App* TrafficCommands::add(CLI::App& to,
                               const std::string& name,
                               const std::string& text,
                               bool changes) {
  CLI::App* command = to.add_subcommand(name, text);
  add_desk(*command, desk_);
  if (!changes) return command;
  add_token(*command);
  command->add_option("VIP", vip_, "NAME:PORT or ADDRESS:PORT, with /udp if so")->required();
  return command;
}

void TrafficCommands::add_token(CLI::App& command) {
  command
      .add_option("--token-file", desk_.token_file, "A file with the token of its admin.token_file")
      ->envname("SIGNPOST_TOKEN_FILE");
}

void TrafficCommands::add_drain(CLI::App& command) {
  command.add_option("--drain",
                     drain_,
                     "What becomes of connections to pools of weight 0: keep (the default), close, "
                     "wait (as if their tasks went), or a time such as 30s, after which they are "
                     "reset");
}

/// Alone it lists what is drained.
void TrafficCommands::add_drains(CLI::App& drain, int& status) {
  drain.require_subcommand(0, 1);
  drain.callback([this, &drain, &status] {
    if (drain.get_subcommands().empty()) status = print(list_drains(desk_));
  });
  struct Kind {
    const char* name;
    const char* argument;
    const char* text;
  };
  for (const auto& [kind, argument, what] :
       {Kind{"task", "TASK", "Its id"},
        Kind{"agent", "AGENT", "Its id or address, or its host name where Mesos tells it"},
        Kind{"endpoint", "ENDPOINT", "ADDRESS:PORT"}}) {
    auto* command = add(drain, kind, fmt::format("Drain one {}, or end that", kind), false);
    add_token(*command);
    command->add_option(argument, drained_, what)->required();
    command->add_flag("--undo", undo_, "It takes new clients again");
    command->callback([this, &status, kind = std::string(kind)] {
      status = print(signpost::drain(desk_, kind, drained_, undo_));
    });
  }
}

void TrafficCommands::add_rollout(CLI::App& rollout, int& status) {
  rollout.require_subcommand(1);
  auto* start = add(rollout, "start", "Begin; it goes back by itself when a guard speaks", true);
  start->add_option("POOL", plan_.to, "The id of the new app")->required();
  start->add_option("--from", plan_.from, "The id of the old app; the other pool by default");
  start->add_option("--steps", plan_.steps, "Shares of the new pool, 5,20,50,100 by default")
      ->type_name("PERCENT")
      ->delimiter(',');
  start->add_option("--pause", plan_.pause, "How long a step lasts at least, 60s by default");
  start->add_option("--guard",
                    plan_.guards,
                    "least=CONNECTIONS, errors=SHARE, unanswered=SHARE, slower=TIMES or "
                    "failing=SHARE");
  auto* scale = start->add_flag(
      "--scale", plan_.scale, "Scale both apps along in their Marathon; needs its rollout.scale");
  start->add_flag("--delete-old", plan_.delete_old, "Delete the old app at the end")->needs(scale);
  start
      ->add_option("--scale-limit",
                   plan_.scale_limit,
                   "How long instances may take to pass, and connections to end; 300s by default")
      ->needs(scale);
  start->callback([&] {
    plan_.vip = vip_;
    status = print(start_rollout(desk_, plan_));
  });
  add(rollout, "status", "Say how rollouts stand", false)->callback([&] {
    status = print(rollout_status(desk_));
  });
  for (const auto& [verb, text] : {std::pair{"pause", "Leave the shares as they are"},
                                   std::pair{"resume", "Go on, from the start of the step"},
                                   std::pair{"abort", "Give all back to the old pool"}}) {
    add(rollout, verb, text, true)->callback([this, &status, verb = std::string(verb)] {
      status = print(steer_rollout(desk_, verb, vip_));
    });
  }
}

}  // namespace signpost
