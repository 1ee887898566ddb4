// Why a name is answered as it is.
#include <algorithm>
#include <boost/json.hpp>
#include <span>
#include <utility>

#include "admin/explain_facts.h"
#include "admin/explain_members.h"
#include "admin/explain_nearest.h"
#include "config/types.h"
#include "dnsd/forward/routes.h"
#include "dnsd/query/respond.h"
#include "dnsd/wire/message_text.h"
#include "dnsd/wire/record_json.h"
#include "dnsd/wire/text.h"
#include "dnsd/zone/origins.h"

namespace admin::explain {
namespace {

namespace json = boost::json;
using common::ErrorCode;
using common::Expected;
using dnsd::Name;
using dnsd::RrType;

struct Question {
  Name name;  // In lower case.
  RrType type = RrType::A;
};

Expected<Question> read_question(const std::string& name, const std::string& type) {
  auto wire = Name::from_text(name);
  if (!wire) {
    return common::fail(ErrorCode::InvalidInput,
                        "'" + name +
                            "' is no domain name: labels of 1 to 63 octets between dots, "
                            "255 octets in all");
  }
  wire->make_lower();
  const auto number = dnsd::parse_type(type.empty() ? "A" : type);
  if (!number) {
    return common::fail(ErrorCode::InvalidInput,
                        "'" + type + "' is no type of records" +
                            did_you_mean(nearest_of(type, dnsd::type_names())));
  }
  return Question{*wire, *number};
}

/// What the workers answer, by the code they answer with.
dnsd::MessageText ask(const Question& question, const Facts& facts) {
  const auto query = dnsd::make_query(std::string(question.name.wire()), question.type, 0);
  std::vector<std::uint8_t> reply(65'535);
  dnsd::RespondOptions options{.transport = dnsd::Transport::Tcp};
  const auto records = facts.more.settings.dns.answer_records;
  options.style.most_records = static_cast<std::uint32_t>(records);
  const auto response = dnsd::respond(dnsd::Query(query), *facts.zone, options, reply);
  return dnsd::read_message(std::span(reply).first(response.size)).value_or(dnsd::MessageText{});
}

json::array types_at(const dnsd::Node& node) {
  json::array types;
  for (std::size_t i = 0; i < node.rrset_count(); ++i) {
    if (!node.rrset(i).empty()) types.emplace_back(dnsd::type_text(node.rrset(i).type()));
  }
  return types;
}

std::string join(const json::array& words) {
  std::string joined;
  for (const json::value& word : words) {
    joined += (joined.empty() ? "" : ", ") + std::string(word.as_string());
  }
  return joined;
}

/// ---- What is not there

std::size_t labels_of(std::string_view wire) {
  std::size_t labels = 0;
  for (; wire.size() > 1; wire = dnsd::parent_of(wire)) ++labels;
  return labels;
}

/// Names with as many labels below what exists of the name.
std::vector<std::string> nearest_names(const Name& name, const Facts& facts) {
  std::string_view known = name.wire();
  while (known.size() > 1 && facts.zone->find(known) == nullptr) known = dnsd::parent_of(known);
  const std::size_t labels = labels_of(name.wire());
  const std::string asked = name.to_text();
  Nearest nearest(asked);
  facts.zone->nodes().for_each([&](std::string_view other, const dnsd::Node& node) {
    if (node.rrset_count() == 0 || !nearest.may_take(other.size() - 1)) return;
    if (!dnsd::is_at_or_below(other, known) || labels_of(other) != labels) return;
    nearest.offer(dnsd::name_text(other));
  });
  return nearest.names();
}

json::array zones_of(const Facts& facts) {
  json::array zones;
  for (const auto& apex : facts.zone->apexes()) zones.emplace_back(dnsd::name_text(apex.name));
  return zones;
}

void explain_foreign(const Question& question, const Facts& facts, json::object& into) {
  const dnsd::ForwardRoutes routes(facts.more.settings.dns);
  const auto* upstreams = routes.find(question.name.wire());
  const std::string outside = "it lies in none of our zones (" + join(zones_of(facts)) + ")";
  if (upstreams == nullptr) {
    into["outcome"] = "refused";
    into["why"] = outside + ", and neither dns.forward_to nor dns.forward_zones says whom to ask";
    return;
  }
  json::array addresses;
  for (const std::size_t number : *upstreams) {
    addresses.emplace_back(routes.upstreams()[number].to_string());
  }
  into["outcome"] = "forwarded";
  into["why"] =
      outside + ", so clients of dns.allow_recursion get what " + join(addresses) + " say";
  into["forward_to"] = std::move(addresses);
}

void explain_nothing(const Question& question,
                     const dnsd::Node* node,
                     const Members& members,
                     const Facts& facts,
                     json::object& into) {
  if (node == nullptr) {
    const std::string none = members.why_none();
    into["outcome"] = "nxdomain";
    into["why"] = none.empty() ? "nothing in the zone " + std::string(into["zone"].as_string()) +
                                     " is called so"
                               : none;
    const auto nearest = nearest_names(question.name, facts);
    into["nearest"] = json::array(nearest.begin(), nearest.end());
    return;
  }
  const std::string has = join(types_at(*node));
  into["outcome"] = "nodata";
  into["why"] = has.empty() ? "there are names below it, and no records at it"
                            : "the name has " + has + ", and no " + dnsd::type_text(question.type);
}

void explain_own(const Question& question, const Facts& facts, json::object& into) {
  json::array aliases;
  Name meant = question.name;
  for (const std::string& alias : dnsd::follow_aliases(*facts.zone, question.name.wire())) {
    aliases.emplace_back(dnsd::name_text(alias));
    meant = Name();
    meant.append_wire(alias);
  }
  const dnsd::Node* node = facts.zone->find(question.name.wire());
  const Members members(meant.wire(), question.type, node, facts);
  const dnsd::MessageText answer = ask(question, facts);
  into["rcode"] = dnsd::rcode_text(answer.rcode);
  into["aliases"] = std::move(aliases);
  into["answer"] = dnsd::records_json(answer.answers);
  into["types"] = node == nullptr ? json::array() : types_at(*node);
  into["schemes"] = members.schemes();
  into["members"] = members.describe();
  into["sources"] = describe_sources(members.sources(), facts);
  if (answer.answers.empty()) return explain_nothing(question, node, members, facts, into);
  into["outcome"] = "answer";
  into["why"] = members.empty() ? "it belongs to the zone itself" : "";
  into["ttl"] = answer.answers.front().ttl_s;
  into["ttl_by"] = members.ttl_by();
}

}  // namespace

Expected<json::object> name(const std::string& name, const std::string& type, const Facts& facts) {
  if (facts.zone == nullptr) {
    return common::fail(ErrorCode::NotFound, "there is no dnsd in this process, which has names");
  }
  const auto question = read_question(name, type);
  if (!question) return tl::unexpected(question.error());
  const auto* apex = facts.zone->apex_of(question->name.wire());
  json::object explained{
      {"kind", "name"},
      {"name", question->name.to_text()},
      {"type", dnsd::type_text(question->type)},
      {"generation", facts.zone->generation()},
      {"synced", facts.zone->synced()},
      {"zone", apex == nullptr ? json::value() : json::value(dnsd::name_text(apex->name))},
      {"health", config::Type<config::DnsHealth>::print(facts.more.settings.dns.health)}};
  if (apex == nullptr) {
    explain_foreign(*question, facts, explained);
  } else if (!facts.zone->synced()) {
    explained["outcome"] = "servfail";
    explained["why"] = "not every source has told its first full state: what is absent is unknown";
  } else {
    explain_own(*question, facts, explained);
  }
  return explained;
}

}  // namespace admin::explain
