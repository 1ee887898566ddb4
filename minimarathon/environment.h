#pragma once

#include <map>
#include <string>

#include "minimarathon/instance.h"

namespace minimarathon {

/// The environment Marathon and Mesos give a task: HOST, PORT0, PORTS, PORT_<NAME>, MESOS_TASK_ID,
/// MARATHON_APP_ID, ... and last, so that it wins, the app's own.
/// Source: Marathon's EnvironmentHelper and TaskBuilder.
std::map<std::string, std::string> environment_of(const Instance& instance,
                                                  const std::string& sandbox);

}  // namespace minimarathon
