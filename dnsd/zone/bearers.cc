#include "dnsd/zone/bearers.h"

#include <algorithm>
#include <array>

#include "dnsd/wire/name.h"
#include "dnsd/zone/mesos_dns_labels.h"
#include "dnsd/zone/reverse.h"
#include "watcher/vips/dcos_names.h"

namespace dnsd {
namespace {

std::string_view first_label(std::string_view name) {
  return name.substr(1, static_cast<unsigned char>(name.front()));
}

std::string_view without_underscore(std::string_view label) {
  return label.starts_with('_') ? label.substr(1) : label;
}

std::string_view up_to_dot(std::string_view text) { return text.substr(0, text.find('.')); }

std::string lowered(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return out;
}

}  // namespace

Bearers::Bearers(std::string_view name, const Naming& naming)
    : rule_(naming.label_rule), address_(reversed_address(name)) {
  const std::string_view first = first_label(name);
  beginnings_ = {first, without_underscore(first)};
  may_be_cut_ = first.size() == Name::kMaxLabel;
  if (!first.starts_with('_')) return;
  const std::string_view second = first_label(parent_of(name));
  beginnings_.push_back(without_underscore(second));
}

bool Bearers::may_be(const watcher::Task& task) {
  if (address_) {
    const auto& own = task.addresses;
    return std::find(own.begin(), own.end(), *address_) != own.end();
  }
  const std::string& called = task.discovery_name.empty() ? *task.name : *task.discovery_name;
  const auto [known, is_new] = met_.try_emplace(&called, false);
  if (is_new) known->second = begins_as(called);
  return known->second;
}

/// The name itself, or what precedes the hash of a canonical one.
bool Bearers::begins_as(const std::string& called) const {
  if (may_be_cut_) return true;
  const std::array<std::string, 3> labels{
      lowered(up_to_dot(called)), mesos_label(called, rule_), watcher::dcos_label(called)};
  return std::any_of(labels.begin(), labels.end(), [this](const std::string& label) {
    return std::any_of(beginnings_.begin(), beginnings_.end(), [&label](std::string_view begins) {
      return begins == label || begins.starts_with(label + "-");
    });
  });
}

}  // namespace dnsd
