// Why a name is answered as it is.
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "admin/explain_facts.h"
#include "config/types.h"
#include "dnsd/forward/routes.h"
#include "dnsd/query/respond.h"
#include "dnsd/wire/message_text.h"
#include "dnsd/wire/text.h"
#include "dnsd/zone/origins.h"

namespace admin::explain {
namespace {

namespace json = boost::json;
using common::ErrorCode;
using common::Expected;
using dnsd::Name;
using dnsd::Origin;
using dnsd::Rank;
using dnsd::RrType;

/// More names than these are not compared with one that does not exist.
constexpr std::size_t kMostCompared = 20'000;

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

json::array describe(const std::vector<dnsd::RecordText>& records) {
  json::array described;
  for (const dnsd::RecordText& record : records) {
    described.push_back(json::object{{"name", record.owner},
                                     {"type", dnsd::type_text(record.type)},
                                     {"ttl", record.ttl_s},
                                     {"data", record.data}});
  }
  return described;
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

/// ---- Who stands behind it

class Members {
 public:
  Members(const Question& meant, const dnsd::Node* node, const Facts& facts)
      : facts_(facts),
        node_(node),
        origins_(dnsd::find_origins(meant.name.wire(), facts.snapshot, *facts.names)) {
    std::erase_if(origins_, [&](const Origin& origin) {
      return meant.type != RrType::Any && !stands_for(origin.type, meant.type);
    });
    std::sort(origins_.begin(), origins_.end(), [](const Origin& a, const Origin& b) {
      return std::tie(a.scheme, a.type, a.rdata) < std::tie(b.scheme, b.type, b.rdata);
    });
  }

  bool empty() const { return origins_.empty(); }

  json::array describe() const {
    json::array members;
    for (const Origin& origin : origins_) members.push_back(describe(origin));
    return members;
  }

  json::array schemes() const {
    std::set<std::pair<std::string_view, std::string>> used;
    for (const Origin& origin : origins_) used.emplace(origin.scheme, origin.domain);
    json::array schemes;
    for (const auto& [name, domain] : used) {
      schemes.push_back(json::object{{"scheme", name}, {"domain", domain}});
    }
    return schemes;
  }

  /// Who set the TTL of what is answered.
  std::string ttl_by() const {
    const Origin* least = nullptr;
    for (const Origin& origin : origins_) {
      if (origin.ttl_s == dnsd::kZoneTtl || !is_published(origin)) continue;
      if (least == nullptr || origin.ttl_s < least->ttl_s) least = &origin;
    }
    if (least == nullptr) return "dns.ttl";
    return least->task ? "SIGNPOST_DNS_TTL of " + *least->task->app : "dns.records";
  }

  std::vector<std::string> sources() const {
    std::set<std::string> names;
    for (const Origin& origin : origins_) {
      if (origin.task) names.insert(*origin.task->key.source);
      if (!origin.source.empty()) names.insert(origin.source);
    }
    return {names.begin(), names.end()};
  }

  /// Of tasks that have no names in their state, where all are.
  std::string why_none() const {
    for (const Origin& origin : origins_) {
      if (origin.named) return {};
    }
    return empty() ? std::string() : "the tasks behind it have no names: " + why(origins_.front());
  }

 private:
  /// Service bindings are made of what SRV records say.
  static bool stands_for(RrType has, RrType wanted) {
    const bool binding = wanted == RrType::Svcb || wanted == RrType::Https;
    return has == wanted || has == RrType::Cname || (binding && has == RrType::Srv);
  }

  bool is_published(const Origin& origin) const {
    if (node_ == nullptr || !origin.named) return false;
    const dnsd::RrSet rrset = node_->find(origin.type);
    const auto members = rrset.members();
    return std::any_of(members.begin(),
                       members.begin() + static_cast<std::ptrdiff_t>(rrset.size()),
                       [&](const dnsd::Member& member) { return member.rdata == origin.rdata; });
  }

  json::value describe(const Origin& origin) const {
    json::object member{{"scheme", origin.scheme},
                        {"type", dnsd::type_text(origin.type)},
                        {"data", dnsd::rdata_text(origin.type, origin.rdata)},
                        {"published", is_published(origin)},
                        {"passing", origin.passing},
                        {"why", why(origin)}};
    if (origin.task) member["task"] = describe_task(*origin.task);
    if (origin.vip) member["vip"] = origin.vip->id.to_string();
    if (!origin.source.empty()) member["source"] = origin.source;
    return member;
  }

  std::string why(const Origin& origin) const {
    std::string failing = origin.task && !(origin.passing && origin.named)
                              ? why_not_passing(*origin.task, facts_)
                              : std::string();
    if (!origin.named) return failing;
    if (is_published(origin)) {
      return failing.empty() ? failing
                             : failing + "; it is answered as no other passes (dns.health)";
    }
    return failing.empty() ? why_outranked(origin) : failing;
  }

  std::string why_outranked(const Origin& origin) const {
    if (origin.type == RrType::Ptr) return "another name of this address is answered";
    if (origin.rank == Rank::Draining && is_drained(origin)) {
      return std::string(kOperatorDrains) + ", and others pass";
    }
    if (origin.rank == Rank::Draining) return "it drains: its weight is 0, and others pass";
    const auto& preferred = facts_.more.settings.dns.prefer_local;
    return "nearer ones come first (dns.prefer_local: " +
           config::Type<config::PreferLocal>::print(preferred) + ")";
  }

  static bool is_drained(const Origin& origin) {
    if (!origin.task) return false;
    const auto& ports = origin.task->ports;
    return origin.task->drained ||
           std::any_of(ports.begin(), ports.end(), [](const auto& port) { return port.drained; });
  }

  const Facts& facts_;
  const dnsd::Node* node_;
  std::vector<Origin> origins_;
};

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
  std::vector<std::string> candidates;
  facts.zone->nodes().for_each([&](std::string_view other, const dnsd::Node& node) {
    if (candidates.size() >= kMostCompared || node.rrset_count() == 0) return;
    if (!dnsd::is_at_or_below(other, known) || labels_of(other) != labels) return;
    candidates.push_back(dnsd::name_text(other));
  });
  return nearest_of(name.to_text(), candidates);
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
  Question meant = question;
  for (const std::string& alias : dnsd::follow_aliases(*facts.zone, question.name.wire())) {
    aliases.emplace_back(dnsd::name_text(alias));
    meant.name = Name();
    meant.name.append_wire(alias);
  }
  const dnsd::Node* node = facts.zone->find(question.name.wire());
  const Members members(meant, node, facts);
  const dnsd::MessageText answer = ask(question, facts);
  into["rcode"] = dnsd::rcode_text(answer.rcode);
  into["aliases"] = std::move(aliases);
  into["answer"] = describe(answer.answers);
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
