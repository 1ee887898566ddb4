#pragma once

#include "config/schema.h"

/// Private to config/: the sections of the configuration, one row an option. A row says its member,
/// default, limits and text.
namespace config::rows {

Section node();
Section marathon();
Section mesos();
Section file();
Section state();
Section dns();
Section vip();
Section probe();
Section admin();
Section rollout();
Section log();
Section process();
Section minimarathon();

}  // namespace config::rows
