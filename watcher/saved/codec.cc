#include "watcher/saved/codec.h"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "config/check_text.h"
#include "watcher/follow/json.h"
#include "watcher/vips/port_options.h"

namespace watcher::saved {
namespace {

namespace bj = boost::json;
using common::ErrorCode;
using common::Expected;
using common::fail;

constexpr std::uint64_t kVersion = 1;

/// SHA-256 of what it was fed.
class Digest {
 public:
  Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void feed(std::string_view bytes) {
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    std::string text;
    for (unsigned int i = 0; i < size; ++i) text += fmt::format("{:02x}", digest[i]);
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// ---- To JSON

template <class Items, class Describe>
bj::array list(const Items& items, Describe describe) {
  bj::array array;
  for (const auto& item : items) array.push_back(describe(item));
  return array;
}

bj::value as_text(const common::IpAddress& address) { return bj::value(address.to_string()); }

bj::object describe(const Labels& labels) {
  bj::object object;
  for (const auto& [key, value] : labels) object[key] = value;
  return object;
}

bj::object describe(const PoolWeights& weights) {
  bj::object object;
  for (const auto& [pool, weight] : weights) object[pool] = weight;
  return object;
}

bj::value describe(const TaskPort& port) {
  return bj::object{{"name", *port.name},
                    {"port", port.port},
                    {"udp", port.protocol == Protocol::Udp},
                    {"of_task", port.reach == Reach::Task},
                    {"service_port", port.service_port},
                    {"labels", describe(port.labels)},
                    {"check", config::Type<config::Check>::print(port.check)},
                    {"addresses", list(port.addresses, as_text)}};
}

bj::value describe(const Task& task) {
  return bj::object{{"source", *task.key.source},
                    {"id", *task.key.id},
                    {"scope", *task.key.scope},
                    {"name", *task.name},
                    {"app", *task.app},
                    {"framework", *task.framework},
                    {"agent_id", *task.agent_id},
                    {"version", *task.version},
                    {"region", *task.region},
                    {"zone", *task.zone},
                    {"discovery_name", *task.discovery_name},
                    {"ports", list(task.ports, [](const auto& port) { return describe(port); })},
                    {"host_ports", list(task.host_ports, [](auto port) { return port; })},
                    {"agent_addresses", list(task.agent_addresses, as_text)},
                    {"addresses", list(task.addresses, as_text)},
                    {"labels", describe(task.labels)},
                    {"state", static_cast<int>(task.state)},
                    {"health", static_cast<int>(task.health)},
                    {"ready", task.ready},
                    {"kill_grace_ms", task.kill_grace.count()}};
}

bj::value describe(const Member& member) {
  return bj::object{{"role", static_cast<int>(member.role)},
                    {"id", member.id},
                    {"name", member.name},
                    {"addresses", list(member.addresses, as_text)},
                    {"port", member.port}};
}

bj::object head_of(const Snapshot& snapshot, const std::vector<std::string>& sources) {
  return {{"signpost_state", kVersion},
          {"generation", snapshot.generation},
          {"sources", list(sources, [](const auto& source) { return bj::value(source); })}};
}

// ---- From JSON

std::string text(const json::Object& object, std::string_view key) {
  return std::string(json::text(object, key));
}

/// 0 for what the type cannot hold.
template <class Number>
Number number(const json::Object& object, std::string_view key) {
  constexpr auto kLeast = static_cast<double>(std::numeric_limits<Number>::min());
  constexpr auto kEnd = static_cast<double>(std::numeric_limits<Number>::max()) + 1;
  const double value = json::number(object, key).value_or(0);
  return value >= kLeast && value < kEnd ? static_cast<Number>(value) : Number{0};
}

/// One of the first `count` values of an enum; the first for what is none.
template <class Enum>
Enum choice(const json::Object& object, std::string_view key, int count) {
  const int value = number<int>(object, key);
  return static_cast<Enum>(value >= 0 && value < count ? value : 0);
}

std::vector<common::IpAddress> addresses(const json::Object& object, std::string_view key) {
  std::vector<common::IpAddress> read;
  for (const json::Value& value : json::list(object, key)) {
    if (const auto address = common::IpAddress::parse(json::as_text(value)))
      read.push_back(*address);
  }
  return read;
}

TaskPort read_port(const json::Object& object) {
  TaskPort port;
  port.name = text(object, "name");
  port.port = number<std::uint16_t>(object, "port");
  port.protocol = json::is_true(object, "udp") ? Protocol::Udp : Protocol::Tcp;
  port.reach = json::is_true(object, "of_task") ? Reach::Task : Reach::Agent;
  port.service_port = number<std::uint16_t>(object, "service_port");
  port.labels = json::labels(object, "labels");
  port.check = config::Type<config::Check>::parse(text(object, "check")).value_or(config::Check());
  port.addresses = addresses(object, "addresses");
  return port;
}

Task read_task(const json::Object& object) {
  Task task;
  task.key = {text(object, "source"), text(object, "id"), text(object, "scope")};
  task.name = text(object, "name");
  task.app = text(object, "app");
  task.framework = text(object, "framework");
  task.agent_id = text(object, "agent_id");
  task.version = text(object, "version");
  task.region = text(object, "region");
  task.zone = text(object, "zone");
  task.discovery_name = text(object, "discovery_name");
  for (const json::Object* port : json::objects(object, "ports")) {
    task.ports.push_back(read_port(*port));
  }
  for (const json::Value& port : json::list(object, "host_ports")) {
    task.host_ports.push_back(json::as_port(port).value_or(0));
  }
  task.agent_addresses = addresses(object, "agent_addresses");
  task.addresses = addresses(object, "addresses");
  task.labels = json::labels(object, "labels");
  task.state = choice<TaskState>(object, "state", 4);
  task.health = choice<Health>(object, "health", 4);
  task.ready = json::is_true(object, "ready");
  task.kill_grace = std::chrono::milliseconds(number<std::int64_t>(object, "kill_grace_ms"));
  return task;
}

Member read_member(const json::Object& object) {
  return {.role = choice<Role>(object, "role", 4),
          .id = text(object, "id"),
          .name = text(object, "name"),
          .addresses = addresses(object, "addresses"),
          .port = number<std::uint16_t>(object, "port")};
}

PoolWeights read_weights(const json::Object& object) {
  PoolWeights weights;
  for (const auto& member : object) {
    const std::string pool(member.key());
    weights[pool] = std::min(number<std::uint32_t>(object, pool), kMaxWeight);
  }
  return weights;
}

void read_record(const json::Object& record, State& state) {
  if (const json::Object* task = json::member(record, "task")) {
    state.tasks.push_back(read_task(*task));
  } else if (json::find(record, "members") != nullptr) {
    auto& members = state.members[text(record, "source")];
    for (const json::Object* member : json::objects(record, "members")) {
      members.push_back(read_member(*member));
    }
  } else if (const json::Object* weights = json::member(record, "weights")) {
    const auto vip = VipId::parse(json::text(record, "weights_of"));
    const auto at_rest = parse_drain(json::text(record, "at_rest"));
    if (vip) state.weights[*vip] = {read_weights(*weights), at_rest.value_or(config::DrainRule{})};
  } else if (json::find(record, "drain") != nullptr) {
    const auto kind = choice<DrainKind>(record, "kind", 3);
    const auto drain = Drain::read(kind, json::text(record, "drain"));
    if (drain && state.drains.size() < Drains::kMost) state.drains.insert(*drain);
  } else if (json::find(record, "note") != nullptr) {
    state.notes[text(record, "note")] = text(record, "text");
  } else if (json::find(record, "vip") != nullptr) {
    const auto address = common::IpAddress::parse(json::text(record, "address"));
    if (address) state.vip_addresses[text(record, "vip")] = *address;
  }
}

Expected<void> read_head(const json::Object& head, State& state) {
  if (json::find(head, "signpost_state") == nullptr) {
    return fail(ErrorCode::InvalidInput, "it is no saved state of Signpost");
  }
  const auto version = number<std::uint64_t>(head, "signpost_state");
  if (version != kVersion) {
    return fail(ErrorCode::InvalidInput,
                fmt::format("it is of version {}, this program reads {}", version, kVersion));
  }
  state.generation = number<std::uint64_t>(head, "generation");
  for (const json::Value& source : json::list(head, "sources")) {
    state.sources.emplace_back(json::as_text(source));
  }
  return {};
}

std::string_view take_line(std::string_view& rest) {
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  return line;
}

/// The lines that the last one vouches for.
Expected<std::string_view> checked_lines(std::string_view text) {
  const std::size_t cut = text.ends_with('\n') ? text.rfind('\n', text.size() - 2) : text.npos;
  if (cut == text.npos) return fail(ErrorCode::InvalidInput, "its end is missing");
  const std::string_view lines = text.substr(0, cut + 1);
  std::string expected;
  const auto read = json::with_object(text.substr(cut + 1), [&](const json::Object& end) {
    expected = json::text(end, "sha256");
    return Expected<void>();
  });
  if (!read || expected.empty()) return fail(ErrorCode::InvalidInput, "its end is missing");
  Digest digest;
  digest.feed(lines);
  if (digest.hex() != expected) {
    return fail(ErrorCode::InvalidInput, "its checksum is wrong: it was changed or is damaged");
  }
  return lines;
}

}  // namespace

void encode(const Snapshot& snapshot,
            const std::vector<std::string>& sources,
            const std::function<void(std::string_view line)>& write) {
  Digest digest;
  const auto put = [&](const bj::object& object) {
    const std::string line = bj::serialize(object) + "\n";
    digest.feed(line);
    write(line);
  };
  put(head_of(snapshot, sources));
  snapshot.tasks.for_each([&](const TaskKey&, const TaskPtr& task) {
    put({{"task", describe(*task)}});
  });
  for (const auto& [source, members] : snapshot.members) {
    put({{"source", source},
         {"members", list(*members, [](const Member& member) { return describe(member); })}});
  }
  snapshot.weights.for_each([&](const VipId& vip, const Shares& shares) {
    put({{"weights_of", vip.to_string()},
         {"weights", describe(shares.pools)},
         {"at_rest", print_drain(shares.at_rest)}});
  });
  for (const Drain& drain : snapshot.drains.all) {
    put({{"drain", drain.name}, {"kind", static_cast<int>(drain.kind)}});
  }
  snapshot.notes.for_each([&](const std::string& name, const std::string& text) {
    put({{"note", name}, {"text", text}});
  });
  std::set<std::string> named;  // One address a name, however many ports.
  snapshot.vips.for_each([&](const VipId& id, const VipPtr& vip) {
    if (vip->kind != VipKind::Named || !named.insert(id.name).second) return;
    put({{"vip", id.name}, {"address", vip->address.to_string()}});
  });
  write(bj::serialize(bj::object{{"sha256", digest.hex()}}) + "\n");
}

Expected<State> decode(std::string_view text) {
  State state;
  std::string_view rest = text;
  const auto head = json::with_object(
      take_line(rest), [&](const json::Object& object) { return read_head(object, state); });
  if (!head && head.error().message.starts_with("it is")) return tl::unexpected(head.error());
  if (!head) return fail(ErrorCode::InvalidInput, "it is no saved state of Signpost");

  auto lines = checked_lines(text);
  if (!lines) return tl::unexpected(lines.error());
  take_line(*lines);
  while (!lines->empty()) {
    const auto read = json::with_object(take_line(*lines), [&](const json::Object& record) {
      read_record(record, state);
      return Expected<void>();
    });
    if (!read) return tl::unexpected(read.error());
  }
  return state;
}

}  // namespace watcher::saved
