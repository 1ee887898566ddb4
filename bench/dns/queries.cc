#include "bench/dns/queries.h"

#include <fmt/core.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "dnsd/wire/name.h"
#include "dnsd/wire/opt.h"
#include "dnsd/wire/rdata.h"

namespace bench {
namespace {

constexpr std::uint16_t kRecursionDesired = 0x0100;  // As stub resolvers have it.

Query make_query(const dnsd::Name& name, dnsd::RrType type) {
  Query query;
  for (const std::uint16_t field : {std::uint16_t{0},
                                    kRecursionDesired,
                                    std::uint16_t{1},
                                    std::uint16_t{0},
                                    std::uint16_t{0},
                                    std::uint16_t{1}}) {
    dnsd::append_u16(query, field);
  }
  query += name.wire();
  dnsd::append_u16(query, static_cast<std::uint16_t>(type));
  dnsd::append_u16(query, static_cast<std::uint16_t>(dnsd::RrClass::In));
  const auto opt = dnsd::make_opt(1232, dnsd::Rcode::NoError);
  query.append(opt.begin(), opt.end());
  return query;
}

}  // namespace

std::vector<Query> read_queries(const char* path) {
  static const std::map<std::string, dnsd::RrType> kTypes{
      {"A", dnsd::RrType::A}, {"AAAA", dnsd::RrType::Aaaa}, {"SRV", dnsd::RrType::Srv}};
  std::ifstream lines(path);
  std::vector<Query> queries;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string name;
    std::string type;
    words >> name >> type;
    const auto wire = dnsd::Name::from_text(name);
    const auto known = kTypes.find(type);
    if (!wire || known == kTypes.end()) {
      fmt::print(stderr, "{}: '{}' is no query, expected NAME A|AAAA|SRV\n", path, line);
      std::exit(2);
    }
    queries.push_back(make_query(*wire, known->second));
  }
  if (queries.empty()) {
    fmt::print(stderr, "{}: no queries\n", path);
    std::exit(2);
  }
  return queries;
}

void set_id(Query& query, std::uint16_t id) {
  query[0] = static_cast<char>(id >> 8U);
  query[1] = static_cast<char>(id & 0xffU);
}

}  // namespace bench
