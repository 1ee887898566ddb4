#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace watcher::marathon {

/// One server-sent event. Views are valid until the handler returns.
struct SseRecord {
  std::string_view event;  // Empty when the record names none.
  std::string_view data;   // Lines of several data fields are joined by LF.
};

/// Cuts a stream of server-sent events into records, however the bytes are sliced.
///
/// Lines end at CR, LF or CRLF and at nothing else; U+2028 and its kin are text. Comments, `id` and
/// `retry` are dropped: Marathon sends none, proxies may. A blank line without data before it, as
/// Marathon's heartbeat is, makes no record. What stands after the last blank line when a stream
/// ends is no record either.
/// Source: HTML Living Standard, section 9.2.6, "Interpreting an event stream".
class SseParser {
 public:
  explicit SseParser(std::size_t max_record_bytes) : max_record_bytes_(max_record_bytes) {}

  /// Calls `emit` for each record that these bytes complete.
  void feed(std::string_view bytes, const std::function<void(const SseRecord&)>& emit);

  /// Records that were skipped because they passed the limit.
  std::uint64_t oversized() const { return oversized_; }

 private:
  void add_to_line(std::string_view bytes);
  void end_line(const std::function<void(const SseRecord&)>& emit);
  void take_field(std::string_view line);
  void end_record(const std::function<void(const SseRecord&)>& emit);

  std::size_t max_record_bytes_;
  std::string line_;  // Of a line whose end has not arrived.
  std::string event_;
  std::string data_;        // Each line followed by LF.
  bool after_cr_ = false;   // A LF that comes next belongs to the line end we have seen.
  bool too_large_ = false;  // Skip to the end of this record.
  std::uint64_t oversized_ = 0;
};

}  // namespace watcher::marathon
