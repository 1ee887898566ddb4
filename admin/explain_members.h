#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "admin/explain_facts.h"
#include "dnsd/zone/origins.h"

namespace admin::explain {

/// Who stands behind a name, and whether what they give is answered. For one call.
class Members {
 public:
  /// name  in wire form and lower case, with all aliases followed
  /// node  what is published there; null when nothing is
  Members(std::string_view name, dnsd::RrType type, const dnsd::Node* node, const Facts& facts);

  bool empty() const { return origins_.empty(); }

  /// [{"scheme", "type", "data", "published", "passing", "why", "task" or "vip" or "source"}]
  boost::json::array describe() const;
  boost::json::array schemes() const;        // [{"scheme", "domain"}]
  std::string ttl_by() const;                // Who set the TTL of what is answered.
  std::vector<std::string> sources() const;  // Their names.
  /// Where tasks stand behind the name and none has names in its state: why; else nothing.
  std::string why_none() const;

 private:
  bool is_published(const dnsd::Origin& origin) const;
  boost::json::object describe(const dnsd::Origin& origin) const;
  std::string why(const dnsd::Origin& origin) const;
  std::string why_outranked(const dnsd::Origin& origin) const;

  const dnsd::Node* node_;
  std::vector<dnsd::Origin> origins_;
  const Facts facts_;
};

}  // namespace admin::explain
