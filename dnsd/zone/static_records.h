#pragma once

#include <vector>

#include "config/settings.h"
#include "dnsd/zone/contribution.h"

namespace dnsd {

/// Records of the configuration in wire form. Precondition: as config/static_record.h reads them.
///
/// texts  keeps what the records say
std::vector<Record> static_records(const std::vector<config::StaticRecord>& records,
                                   TextArena& texts);

}  // namespace dnsd
