#include "dnsd/zone/contribution.h"

#include <utility>

namespace dnsd {
namespace {

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) {
    if (!text.empty()) text += '.';
    text += part;
  }
  return text;
}

}  // namespace

void Contribution::clear() {
  ttl_s_ = kZoneTtl;
  rank_ = Rank::Elsewhere;
  records_.clear();
  problems_.clear();
}

std::optional<Name> Contribution::name(std::initializer_list<std::string_view> parts,
                                       const Name& domain) {
  Name name;
  bool fits = true;
  for (const std::string_view part : parts) fits = fits && name.append_labels(part);
  if (!fits || !name.append(domain)) {
    refuse(joined(parts) + "." + domain.to_text(),
           "not a domain name: labels have 1 to 63 octets, names at most 255; shorten or rename");
    return std::nullopt;
  }
  name.make_lower();
  return name;
}

void Contribution::add(const std::optional<Name>& owner,
                       RrType type,
                       std::string_view rdata,
                       bool passing,
                       std::optional<Rank> rank) {
  if (!owner) return;
  records_.push_back({texts_->keep(owner->wire()),
                      type,
                      texts_->keep(rdata),
                      passing,
                      ttl_s_,
                      rank.value_or(rank_)});
}

void Contribution::add_addresses(const std::optional<Name>& owner,
                                 const std::vector<common::IpAddress>& addresses,
                                 bool passing) {
  for (const common::IpAddress& address : addresses) {
    add(owner, address_type(address), address_rdata(address), passing);
  }
}

void Contribution::refuse(std::string_view value, std::string reason) {
  watcher::Problem problem;
  problem.value = value.substr(0, watcher::Problem::kMaxValue);
  problem.reason = std::move(reason);
  problems_.push_back(std::move(problem));
}

}  // namespace dnsd
