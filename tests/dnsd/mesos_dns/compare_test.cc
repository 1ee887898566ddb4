// Feeds what real Mesos masters answered through our source, catalog and zones, and compares every
// record with what the real Mesos-DNS made of the same answers. docs/names.md lists the rules that
// explain differences; nothing else may differ, and no rule may stand here that explains none.

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "admin/records.h"
#include "dnsd/zone/mesos_dns_labels.h"
#include "dnsd/zone/zone_builder.h"
#include "tests/watcher/marathon/fixtures.h"
#include "tests/watcher/mesos/world.h"
#include "watcher/catalog/catalog.h"

namespace dnsd {
namespace {

namespace json = boost::json;
using watcher::marathon::fixture_path;
using watcher::marathon::list_fixtures;
using watcher::marathon::read_fixture;

struct Entry {
  std::string type;
  std::string owner;
  std::string value;  // "10.0.0.1", "web.mesos.:80"

  friend auto operator<=>(const Entry&, const Entry&) = default;
  std::string to_string() const { return type + " " + owner + " " + value; }
};
using Entries = std::set<Entry>;

Entries entries_of(const json::object& records) {
  Entries entries;
  for (const auto& [type, list] : {std::pair{"A", "As"}, {"AAAA", "AAAAs"}, {"SRV", "SRVs"}}) {
    for (const auto& [owner, values] : records.at(list).as_object()) {
      for (const auto& value : values.as_array()) {
        entries.insert({type, std::string(owner), value.as_string().c_str()});
      }
    }
  }
  return entries;
}

// ---- What we make of a page

ZoneOptions options_like(const std::string& configuration) {
  ZoneOptions options;
  options.naming.health = HealthPolicy(config::DnsHealth::Ignore);  // It reads no health.
  options.naming.own_addresses = {*common::IpAddress::parse("127.0.0.1")};
  if (configuration == "host") options.naming.address_order = {config::AddressSource::Agent};
  if (configuration == "rfc952") options.naming.label_rule = config::LabelRule::Rfc952;
  return options;
}

/// "http://10.0.4.10:5050" of "master@10.0.4.10:5050": it was told of no other.
std::string leader_in(const std::string& page) {
  const std::string leader = json::parse(page).at("leader").as_string().c_str();
  return "http://" + leader.substr(leader.find('@') + 1);
}

Entries ours(const std::string& page, const std::string& configuration) {
  watcher::mesos::World world(watcher::mesos::default_options(config::MesosMode::Poll),
                              {leader_in(page)});
  world.answer("/state", page);
  watcher::Reset reset{"mesos", {}};
  for (const auto& [ref, task] : world.shown) reset.tasks.push_back(task);
  watcher::Catalog::Options options;
  options.sources = {"mesos"};
  options.vips.pool = common::Ipv4Prefix::parse("11.0.0.0/8").value();
  watcher::Catalog catalog(options);
  const auto change =
      catalog.apply({std::move(reset), watcher::Members{"mesos", std::move(world.members)}});
  const auto zone = ZoneBuilder(options_like(configuration)).apply(change);
  const Name domain = *Name::from_text("mesos");
  return entries_of(json::object{{"As", admin::records_below(*zone, domain, RrType::A)},
                                 {"AAAAs", admin::records_below(*zone, domain, RrType::Aaaa)},
                                 {"SRVs", admin::records_below(*zone, domain, RrType::Srv)}});
}

// ---- The rules

std::string lowered(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return text;
}

/// A name with labels as we would have shortened them; nothing where that cannot be done.
std::optional<std::string> shortened(const std::string& text) {
  std::string name;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t dot = std::min(text.find('.', start), text.size());
    std::string label = text.substr(start, dot - start);
    if (label.size() > Name::kMaxLabel) {
      const std::size_t tail = label.rfind('-');
      const std::size_t hash = label.rfind('-', tail - 1);
      if (label.front() == '_' || hash == std::string::npos || tail - hash != 6)
        return std::nullopt;
      label = mesos_canonical_part(
          label.substr(0, hash), label.substr(hash + 1, 5), label.substr(tail + 1));
    }
    name += label + (dot < text.size() ? "." : "");
    start = dot + 1;
  }
  return name;
}

/// What one of their records becomes by a rule; nothing when the rule says that it is not made.
using Outcome = std::optional<Entry>;

Outcome lower_case(const Entry& entry) {
  return Entry{entry.type, lowered(entry.owner), lowered(entry.value)};
}

Outcome too_long(const Entry& entry) {
  auto owner = shortened(entry.owner);
  auto value = entry.type == "SRV" ? shortened(entry.value) : entry.value;
  if (!owner || !value) return std::nullopt;
  return Entry{entry.type, *owner, *value};
}

/// "web-iffe9-s0.marathon" and where it is: "web-iffe9-s0.marathon.slave.mesos.:80".
std::string canonical_of(const std::string& value) {
  std::string target = value.substr(0, value.rfind(':'));
  for (const std::string end : {".slave.mesos.", ".mesos."}) {
    if (target.ends_with(end)) return target.substr(0, target.size() - end.size());
  }
  return target;
}

/// The names that services lead to by another port than theirs, because it is open on the agent.
bool is_same_service(const Entry& a, const Entry& b) {
  return a.type == "SRV" && b.type == "SRV" && a.owner == b.owner &&
         canonical_of(a.value) == canonical_of(b.value);
}

/// Rules that have explained something.
using Used = std::set<std::string>;

struct Rule {
  const char* name;
  Outcome (*apply)(const Entry&);
};
constexpr Rule kRules[] = {{"lower case", lower_case}, {"too long", too_long}};

/// Their records after the rules that change single records.
Entries explained(const Entries& theirs, Used& used) {
  Entries entries;
  for (const Entry& entry : theirs) {
    Outcome now = entry;
    for (const auto& [rule, apply] : kRules) {
      if (!now) continue;
      const Entry before = *now;
      now = apply(before);
      if (!now || *now != before) used.insert(rule);
    }
    if (now) entries.insert(*now);
  }
  return entries;
}

Entries minus(const Entries& a, const Entries& b) {
  Entries rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(rest, rest.end()));
  return rest;
}

/// A port they tell at the container's address and we at the agent's.
void explain_ports_on_agents(Entries& missing, Entries& extra, Used& used) {
  const Entries all = missing;
  for (const Entry& entry : all) {
    const auto moved = std::find_if(
        extra.begin(), extra.end(), [&](const Entry& e) { return is_same_service(e, entry); });
    if (moved == extra.end()) continue;
    used.insert("on the agent");
    extra.erase(moved);
    missing.erase(entry);
  }
}

/// An address CNI wrote with the length of its prefix.
void explain_cni_addresses(const std::string& page, Entries& extra, Used& used) {
  std::erase_if(extra, [&](const Entry& entry) {
    const bool is_cni =
        entry.type == "AAAA" && page.find("\"" + entry.value + "/") != std::string::npos;
    if (is_cni) used.insert("CNI's addresses");
    return is_cni;
  });
}

std::string text_of(const Entries& entries) {
  std::string text;
  for (const Entry& entry : entries) text += "\n  " + entry.to_string();
  return text;
}

struct Recording {
  std::string state;
  std::string axfr;
  std::string configuration;
};

std::vector<Recording> recordings() {
  std::vector<Recording> found;
  std::error_code none;
  for (const auto& run : std::filesystem::directory_iterator(fixture_path("mesos-live"), none)) {
    if (!run.is_directory()) continue;
    const std::string folder = "mesos-live/" + run.path().filename().string();
    for (const std::string configuration : {"default", "host", "rfc952"}) {
      const std::string end = "." + configuration + ".axfr.json";
      for (const std::string& axfr : list_fixtures(folder + "/mesos-dns", end)) {
        const std::size_t slash = axfr.rfind('/') + 1;
        const std::string moment = axfr.substr(slash, axfr.size() - slash - end.size());
        found.push_back({folder + "/http/" + moment + ".state.json", axfr, configuration});
      }
    }
  }
  return found;
}

TEST(MesosDns, MakesTheSameOfEveryRecordedStateButForTheRules) {
  const auto all = recordings();
  SKIP_WITHOUT_FIXTURES(all);
  Used used;
  std::size_t compared = 0;
  for (const Recording& recording : all) {
    const std::string page = read_fixture(recording.state);
    const auto axfr = json::parse(read_fixture(recording.axfr));
    const Entries theirs = explained(entries_of(axfr.at("Records").as_object()), used);
    const Entries mine = ours(page, recording.configuration);
    Entries missing = minus(theirs, mine);
    Entries extra = minus(mine, theirs);
    explain_ports_on_agents(missing, extra, used);
    explain_cni_addresses(page, extra, used);
    EXPECT_TRUE(missing.empty()) << recording.axfr << " has" << text_of(missing);
    EXPECT_TRUE(extra.empty()) << recording.axfr << " lacks" << text_of(extra);
    compared += theirs.size();
  }
  EXPECT_EQ(all.size(), 57U);
  EXPECT_GE(compared, 3000U);
  EXPECT_EQ(used, (Used{"CNI's addresses", "lower case", "on the agent", "too long"}));
}

}  // namespace
}  // namespace dnsd
