#pragma once

#include "dnsd/zone/contribution.h"
#include "dnsd/zone/naming.h"
#include "watcher/task.h"

namespace dnsd {

/// TXT at a task's canonical name below the domain, "key=value" strings (RFC 1464): id, app,
/// version, agent, source. What is empty is left out; values are cut where a string would pass 255
/// octets.
void add_task_text(const watcher::Task& task,
                   const Name& domain,
                   const Naming& naming,
                   Contribution& out);

}  // namespace dnsd
