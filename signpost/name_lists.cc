#include "signpost/name_lists.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <csignal>
#include <set>
#include <utility>

#include "signpost/admin_client.h"

namespace signpost {
namespace {

namespace json = boost::json;
using Names = std::set<std::string>;

void add(const json::value& name, Names& to) {
  const std::string text(name.as_string());
  const auto is_odd = [](char c) { return c >= 0 && c < ' '; };  // No line holds it.
  if (!text.empty() && std::none_of(text.begin(), text.end(), is_odd)) to.insert(text);
}

/// Calls visit(item) for each item of a list of each of the parents.
template <class Visit>
void for_each_below(const json::value& parent, std::string_view list, Visit visit) {
  for (const json::value& item : parent.at(list).as_array()) visit(item);
}

template <class Visit>
void for_each_task(const json::value& answer, Visit visit) {
  for_each_below(answer, "services", [&](const json::value& service) {
    for_each_below(service, "tasks", visit);
  });
}

void add_services(const json::value& answer, Names& to) {
  for_each_below(answer, "services", [&](const json::value& one) { add(one.at("app"), to); });
}

void add_tasks(const json::value& answer, Names& to) {
  for_each_task(answer, [&](const json::value& task) { add(task.at("id"), to); });
}

void add_agents(const json::value& answer, Names& to) {
  for_each_task(answer, [&](const json::value& task) {
    add(task.at("agent_id"), to);
    for_each_below(task, "agent_addresses", [&](const json::value& ip) { add(ip, to); });
  });
}

void add_endpoints(const json::value& answer, Names& to) {
  for_each_task(answer, [&](const json::value& task) {
    for_each_below(task, "ports", [&](const json::value& port) {
      for_each_below(port, "endpoints", [&](const json::value& one) { add(one, to); });
    });
  });
}

void add_vips(const json::value& answer, Names& to) {
  for_each_below(answer, "vips", [&](const json::value& vip) { add(vip.at("id"), to); });
}

void add_pools(const json::value& answer, Names& to) {
  for_each_below(answer, "vips", [&](const json::value& vip) {
    for_each_below(vip, "pools", [&](const json::value& pool) { add(pool.at("pool"), to); });
  });
}

/// Below the domain of Mesos-DNS, without the final dot.
void add_dns_names(const json::value& answer, Names& to) {
  for (const char* type : {"As", "AAAAs", "SRVs"}) {
    for (const auto& [name, values] : answer.at("Records").at(type).as_object()) {
      add(json::value(name.substr(0, name.size() - 1)), to);
    }
  }
}

struct NameList {
  std::string_view kind;
  std::string_view path;  // Of the API.
  void (*add)(const json::value& answer, Names& to);
};

constexpr std::array<NameList, 7> kLists{{{"services", "/v1/services", add_services},
                                          {"tasks", "/v1/services", add_tasks},
                                          {"agents", "/v1/services", add_agents},
                                          {"endpoints", "/v1/services", add_endpoints},
                                          {"vips", "/v1/vips", add_vips},
                                          {"pools", "/v1/vips", add_pools},
                                          {"names", "/v1/axfr", add_dns_names}}};

/// What commands call an argument.
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kArguments{
    {{"SERVICE", "services"},
     {"TASK", "tasks"},
     {"AGENT", "agents"},
     {"ENDPOINT", "endpoints"},
     {"VIP", "vips"},
     {"POOL", "pools"},
     {"--from", "pools"},
     {"NAME", "names"},
     {"NAME|VIP", "names vips"}}};

}  // namespace

std::vector<std::string> kinds_of_names() {
  std::vector<std::string> kinds;
  for (const NameList& list : kLists) kinds.emplace_back(list.kind);
  return kinds;
}

std::string_view kind_of_argument(std::string_view word) {
  const auto known = std::find_if(
      kArguments.begin(), kArguments.end(), [word](const auto& one) { return one.first == word; });
  return known == kArguments.end() ? std::string_view() : known->second;
}

std::string list_names(const Desk& desk, const std::vector<std::string>& kinds) {
  Names names;
  for (const NameList& list : kLists) {
    if (std::find(kinds.begin(), kinds.end(), list.kind) == kinds.end()) continue;
    const auto answer = ask_admin(desk, list.path);
    if (answer) list.add(*answer, names);
  }
  std::string lines;
  for (const std::string& name : names) lines += name + "\n";
  return lines;
}

void end_soon() {
  std::signal(SIGALRM, [](int) { _exit(0); });
  alarm(1);
}

}  // namespace signpost
