#include "tests/dnsd/cases/world.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "config/static_record.h"
#include "dnsd/query/look_up.h"
#include "dnsd/query/near_addresses.h"
#include "dnsd/query/respond.h"
#include "tests/dnsd/cases/expectation.h"
#include "tests/dnsd/cases/member_line.h"
#include "tests/dnsd/cases/query_line.h"
#include "tests/dnsd/cases/task_line.h"

namespace dnsd::testing {
namespace {

using common::ErrorCode;
using common::Expected;

tl::unexpected<common::Error> bad(std::string message) {
  return common::fail(ErrorCode::InvalidInput, std::move(message));
}

bool is_detail(const Step& step) {
  return step.verb == "answer" || step.verb == "authority" || step.verb == "additional";
}

std::optional<config::DnsHealth> parse_policy(std::string_view text) {
  if (text == "prefer-passing") return config::DnsHealth::PreferPassing;
  if (text == "require-passing") return config::DnsHealth::RequirePassing;
  if (text == "ignore") return config::DnsHealth::Ignore;
  return std::nullopt;
}

}  // namespace

watcher::Catalog::Options World::default_catalog_options() {
  watcher::Catalog::Options options;
  options.sources = {"marathon"};
  options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
  options.vips.service_address = common::IpAddress::parse("127.0.0.1").value();
  return options;
}

Expected<void> World::run(const Case& story) {
  const Steps steps(story.steps);
  for (std::size_t i = 0; i < steps.size();) {
    const std::size_t first = i++;
    while (i < steps.size() && is_detail(steps[i])) ++i;
    const auto done = run_step(steps[first], steps.subspan(first + 1, i - first - 1));
    if (!done) return bad(steps[first].where() + ": " + done.error().message);
  }
  return {};
}

Expected<void> World::run_step(const Step& step, Steps details) {
  if (is_detail(step)) return bad("records stand below the 'expect' they belong to");
  if (step.verb == "expect") return expect(step, details);
  if (!details.empty()) return bad("records stand below the 'expect' they belong to");
  if (step.verb == "set") return set(step);
  if (step.verb == "task") return change_tasks(step);
  if (step.verb == "member") return change_members(step);
  if (step.verb == "probe") return probe(step);
  if (step.verb == "drain") return drain(step);
  if (step.verb == "query") return query(step);
  if (step.verb == "problem") return expect_problem(step);
  if (step.verb == "unsynced") {
    starts_synced_ = false;
  } else if (step.verb == "sync") {
    sync();
  } else {
    return bad(fmt::format("'{}' is no step", step.verb));
  }
  return {};
}

/// The world before its first task: options of dnsd under the names of the configuration.
Expected<void> World::set(const Step& step) {
  if (catalog_) return bad("'set' comes before the first task and query");
  for (const std::string& word : step.words) {
    const std::size_t equals = std::min(word.find('='), word.size());
    const std::string option = word.substr(0, equals);
    const std::string value = word.substr(std::min(equals + 1, word.size()));
    if (option.starts_with("schemes.")) {
      zone_options_.schemes.choices[option.substr(8)] = value;
    } else if (option == "mesos_domain") {
      zone_options_.mesos_domain = value;
    } else if (option == "dcos_domain") {
      zone_options_.dcos_domain = value;
    } else if (option == "udp_payload") {
      respond_options_.udp_payload = static_cast<std::uint16_t>(std::stoi(value));
    } else if (option == "partial_answers") {
      respond_options_.truncation = value == "true" ? Truncation::Partial : Truncation::Empty;
    } else if (option == "answer_records") {
      respond_options_.style.most_records = static_cast<std::uint32_t>(std::stoul(value));
    } else if (option == "server_id") {
      server_id_ = value;
    } else if (option == "version") {
      version_ = value;
    } else if (option == "probes") {
      catalog_options_.probe_backends = value == "on";
    } else if (const auto policy = parse_policy(value); option == "health" && policy) {
      zone_options_.naming.health = HealthPolicy(*policy);
    } else if (const auto ip = common::IpAddress::parse(value); option == "ns1" && ip) {
      zone_options_.naming.own_addresses.push_back(*ip);
    } else if (!set_naming(option, value) && !set_place(option, value)) {
      return bad(fmt::format("'{}' sets nothing", word));
    }
  }
  return {};
}

bool World::set_naming(const std::string& option, const std::string& value) {
  Naming& naming = zone_options_.naming;
  if (option == "label_rule" && value == "rfc952") {
    naming.label_rule = config::LabelRule::Rfc952;
  } else if (option == "address_order" && value == "agent") {
    naming.address_order = {config::AddressSource::Agent};
  } else if (const auto zone = common::IpPrefix::parse(value); option == "reverse_zone" && zone) {
    naming.reverse_zones.push_back(*zone);
  } else if (option == "zone") {
    zone_options_.zones.push_back(value);
  } else if (const auto record = config::Type<config::StaticRecord>::parse(value);
             option == "record" && record) {
    zone_options_.records.push_back(*record);
  } else {
    return false;
  }
  return true;
}

/// Where this server stands, and whom that makes it prefer.
bool World::set_place(const std::string& option, const std::string& value) {
  Naming& naming = zone_options_.naming;
  if (const auto ip = common::IpAddress::parse(value); option == "node" && ip) {
    naming.host.addresses.push_back(*ip);
  } else if (option == "node_region") {
    naming.host.region = value;
  } else if (option == "node_zone") {
    naming.host.zone = value;
  } else if (const auto prefer = config::Type<config::PreferLocal>::parse(value);
             option == "prefer_local" && prefer) {
    naming.prefer_local = *prefer;
  } else if (const auto network = common::IpPrefix::parse(value);
             option == "prefer_subnets" && network) {
    prefer_subnets_.push_back(*network);
  } else {
    return false;
  }
  return true;
}

void World::begin() {
  if (catalog_) return;
  catalog_.emplace(catalog_options_);
  builder_.emplace(zone_options_);
  if (starts_synced_) sync();
}

void World::sync() {
  begin();
  watcher::Reset reset{"marathon", {}};
  for (const auto& [id, task] : tasks_) reset.tasks.push_back(task);
  apply(std::move(reset));
}

void World::apply(watcher::Update update) {
  begin();
  std::vector<watcher::Update> updates;
  updates.push_back(std::move(update));
  const watcher::Change change = catalog_->apply(std::move(updates));
  problems_.insert(problems_.end(), change.problems.begin(), change.problems.end());
  if (change.generation == builder_->current()->generation()) return;
  builder_->apply(change);
  const auto names = builder_->take_problems();
  problems_.insert(problems_.end(), names.begin(), names.end());
}

Expected<void> World::change_tasks(const Step& step) {
  begin();
  if (step.words.empty()) return bad("a task has a name: <name>.<framework>[#<instance>]");
  const auto subject = parse_subject(step.words.front());
  if (!subject) return tl::unexpected(subject.error());
  for (std::uint32_t i = subject->first; i <= subject->last; ++i) {
    watcher::Task& task = tasks_.try_emplace(subject->id(i), new_task(*subject, i)).first->second;
    const auto words = std::span(step.words).subspan(1);
    auto changed = change_task(task, words, i - subject->first);
    if (!changed) return changed;
    apply(watcher::Upsert{task});
    if (task.state == watcher::TaskState::Ended) tasks_.erase(subject->id(i));
  }
  return {};
}

/// "member master m1 10.0.0.1:5050" is new or moves; "member master m1 gone".
Expected<void> World::change_members(const Step& step) {
  begin();
  const auto member = parse_member(step.words);
  if (!member) return tl::unexpected(member.error());
  const auto same = [&member](const watcher::Member& known) {
    return known.role == member->role && known.id == member->id;
  };
  const auto known = std::find_if(members_.begin(), members_.end(), same);
  if (step.words.back() == "gone") {
    if (known != members_.end()) members_.erase(known);
  } else if (known != members_.end()) {
    *known = *member;
  } else {
    members_.push_back(*member);
  }
  apply(watcher::Members{"marathon", members_});
  return {};
}

/// "drain agent 10.0.0.7" in place of what was drained before; "drain nothing".
Expected<void> World::drain(const Step& step) {
  watcher::Drains drains;
  for (const auto kind :
       {watcher::DrainKind::Task, watcher::DrainKind::Agent, watcher::DrainKind::Endpoint}) {
    if (step.words.size() != 2 || step.words[0] != watcher::to_string(kind)) continue;
    const auto drain = watcher::Drain::read(kind, step.words[1]);
    if (!drain) return tl::unexpected(drain.error());
    drains.all.edit().insert(*drain);
  }
  const bool nothing = step.words.size() == 1 && step.words[0] == "nothing";
  if (drains.all.empty() && !nothing) return bad("as in: drain agent 10.0.0.7");
  apply(drains);
  return {};
}

Expected<void> World::probe(const Step& step) {
  if (step.words.size() != 3) return bad("as in: probe web.marathon tcp:80 failing");
  const auto subject = parse_subject(step.words[0]);
  const auto port = parse_port(step.words[1]);
  const auto health = parse_health(step.words[2]);
  if (!subject || !port || !health) return bad("as in: probe web.marathon tcp:80 failing");
  const auto task = tasks_.find(subject->id(subject->first));
  if (task == tasks_.end()) return bad("there is no such task");
  apply(watcher::Probed{task->second.key, port->port, port->protocol, *health});
  return {};
}

Expected<void> World::query(const Step& step) {
  begin();
  const auto line = parse_query_line(step.words);
  if (!line) return tl::unexpected(line.error());
  std::vector<std::uint8_t> out(65535);
  const CookieJar cookies(SipKey{});
  RespondOptions options = respond_options_;
  options.transport = line->transport;
  options.client = line->client;
  options.style.network = network_of(line->client, prefer_subnets_);
  options.server_id = server_id_;
  options.version = version_;
  options.keepalive_ds = 100;
  options.cookies = &cookies;
  const auto request = make_query(line->spec);
  const auto zone = builder_->current();
  Query query(request);
  LookUp look_up;
  look_up.find({&query, 1}, *zone);
  const auto response = respond(query, *zone, options, out);
  reply_size_ = response.size;
  reply_ = parse_message(std::span(out).first(response.size));
  if (response.size > 0 && !reply_) return bad("the reply is malformed");
  return {};
}

Expected<void> World::expect(const Step& step, Steps details) {
  auto expectation = Expectation::parse(step.words);
  if (!expectation) return tl::unexpected(expectation.error());
  for (const Step& detail : details) {
    const auto added = expectation->add_record(detail.verb, detail.words);
    if (!added) return bad(fmt::format("line {}: {}", detail.line, added.error().message));
  }
  const std::string difference = expectation->difference(reply_, reply_size_);
  if (difference.empty()) return {};
  return bad(fmt::format("{}\nthe reply was\n{}", difference, reply_ ? reply_->to_text() : "none"));
}

/// One of the problems reported so far speaks of what the step says.
Expected<void> World::expect_problem(const Step& step) {
  std::string all;
  for (const auto& problem : problems_) {
    const std::string text = problem.to_string();
    const auto is_in = [&text](const std::string& word) {
      return text.find(word) != std::string::npos;
    };
    if (std::all_of(step.words.begin(), step.words.end(), is_in)) return {};
    all += text + "\n";
  }
  return bad("no problem has these words; reported were\n" + all);
}

}  // namespace dnsd::testing
