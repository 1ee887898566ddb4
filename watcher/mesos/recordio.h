#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/result.h"

namespace watcher::mesos {

/// Cuts a RecordIO stream into records, however the bytes are sliced: each is its length in octets
/// in decimal, LF, and that many octets. Blank lines before a length are passed over. Of a record
/// beyond the limit nothing is kept but the count of what is still to be skipped.
/// Source: docs/recordio.md of Apache Mesos.
class RecordioParser {
 public:
  explicit RecordioParser(std::size_t max_record_bytes) : max_record_bytes_(max_record_bytes) {}

  /// Calls `emit` for each record that these bytes complete; the view is valid until it returns.
  /// Errors: InvalidInput when a length is none. Where the next record begins is then unknown, so
  /// the stream has to be opened anew.
  common::Expected<void> feed(std::string_view bytes,
                              const std::function<void(std::string_view record)>& emit);

  /// Records that were skipped because they passed the limit.
  std::uint64_t oversized() const { return oversized_; }

 private:
  common::Expected<void> end_length();
  std::string_view take_body(std::string_view& bytes);

  std::size_t max_record_bytes_;
  bool in_body_ = false;
  std::string length_;      // Digits of a length whose LF has not arrived.
  std::uint64_t left_ = 0;  // Of the body.
  bool skip_ = false;       // The body is too long.
  std::string body_;        // What has arrived of it.
  std::uint64_t oversized_ = 0;
};

}  // namespace watcher::mesos
