#pragma once

#include <boost/json/fwd.hpp>
#include <vector>

#include "dnsd/wire/message_text.h"

namespace dnsd {

/// [{"name", "type", "ttl", "data"}], as the API and the command line tell records.
boost::json::array records_json(const std::vector<RecordText>& records);

}  // namespace dnsd
