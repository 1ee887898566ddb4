#include "dnsd/wire/record_json.h"

#include <boost/json.hpp>

#include "dnsd/wire/text.h"

namespace dnsd {

boost::json::array records_json(const std::vector<RecordText>& records) {
  boost::json::array described;
  for (const RecordText& record : records) {
    described.push_back(boost::json::object{{"name", record.owner},
                                            {"type", type_text(record.type)},
                                            {"ttl", record.ttl_s},
                                            {"data", record.data}});
  }
  return described;
}

}  // namespace dnsd
