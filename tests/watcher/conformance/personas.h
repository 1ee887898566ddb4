#pragma once

#include <memory>

#include "tests/watcher/conformance/persona.h"

namespace watcher::conformance {

std::unique_ptr<Persona> make_marathon_persona();
std::unique_ptr<Persona> make_mesos_stream_persona();
std::unique_ptr<Persona> make_mesos_poll_persona();

}  // namespace watcher::conformance
