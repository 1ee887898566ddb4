#pragma once

#include <string>

namespace minimarathon {

std::string make_uuid();  // Random, RFC 9562 version 4.

}  // namespace minimarathon
