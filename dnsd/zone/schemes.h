#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.h"
#include "dnsd/wire/name.h"
#include "dnsd/zone/contribution.h"
#include "dnsd/zone/naming.h"
#include "watcher/member.h"
#include "watcher/task.h"
#include "watcher/vips/vip.h"

namespace dnsd {

using Members = std::span<const watcher::Member>;

// What a scheme does: each is a pure function from what it names to records below one domain.

using TaskRule = void (*)(const watcher::Task&, const Name& domain, const Naming&, Contribution&);
/// A VIP's name stands as long as the VIP: its address never moves with the health behind it.
using VipRule = void (*)(const watcher::Vip&, const Name& domain, const Naming&, Contribution&);
/// All members of one source at a time, because a master's name follows from who else there is.
using MemberRule = void (*)(Members, const Name& domain, const Naming&, Contribution&);
/// Names that stand whatever runs.
using FixedRule = void (*)(const Name& domain, const Naming&, Contribution&);
/// What is asked for below the scheme's domain is answered as if asked for below this one.
struct Alias {
  std::string_view target;  // As Scheme::domain.
};

using Rule = std::variant<TaskRule, VipRule, MemberRule, FixedRule, Alias>;

enum class Unless : bool { On, Off };

/// A way of naming things.
struct Scheme {
  std::string_view name;    // Its key in dns.schemes.
  std::string_view domain;  // {mesos}, {dcos}: those options. {l4lb}: where that scheme stands.
  Unless otherwise;         // When dns.schemes does not tell.
  Rule rule;
};

/// Every scheme there is.
std::span<const Scheme> schemes();

/// A scheme in use.
struct ActiveScheme {
  Name domain;
  Rule rule;
  Name target;                 // Of an alias.
  std::string_view name = {};  // As Scheme::name.
};

/// What `dns` makes of the table. Precondition: options as config/rows/ lets them pass.
std::vector<ActiveScheme> active_schemes(const config::Schemes& choices,
                                         std::string_view mesos_domain,
                                         std::string_view dcos_domain);

}  // namespace dnsd
