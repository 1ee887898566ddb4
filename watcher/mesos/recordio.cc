#include "watcher/mesos/recordio.h"

#include <algorithm>

#include "common/parse.h"

namespace watcher::mesos {
namespace {

constexpr std::size_t kMostDigits = 20;  // Of 2^64.

/// Empties a buffer that will be filled again, without holding on to the largest record ever seen.
void recycle(std::string& buffer) {
  constexpr std::size_t kKeep = 1 << 20;
  buffer.clear();
  if (buffer.capacity() > kKeep) buffer.shrink_to_fit();
}

}  // namespace

common::Expected<void> RecordioParser::feed(
    std::string_view bytes, const std::function<void(std::string_view record)>& emit) {
  while (!bytes.empty()) {
    if (!in_body_) {
      const std::size_t end = bytes.find('\n');
      length_ += bytes.substr(0, std::min(end, kMostDigits + 2));
      if (end == std::string_view::npos && length_.size() <= kMostDigits) return {};
      bytes.remove_prefix(std::min(bytes.size(), end + 1));
      if (auto begun = end_length(); !begun) return begun;
    }
    if (!in_body_) continue;
    const std::string_view record = take_body(bytes);
    if (left_ > 0) return {};
    in_body_ = false;
    if (skip_) {
      ++oversized_;
    } else {
      emit(record);
    }
    recycle(body_);
  }
  return {};
}

/// Enters the body that the collected length announces; a blank line announces none.
common::Expected<void> RecordioParser::end_length() {
  if (length_.ends_with('\r')) length_.pop_back();
  if (length_.empty()) return {};
  const auto length = common::parse_integer<std::uint64_t>(length_);
  if (!length || length_.size() > kMostDigits) {
    return common::fail(common::ErrorCode::InvalidInput, "a record's length is no number");
  }
  length_.clear();
  in_body_ = true;
  left_ = *length;
  skip_ = left_ > max_record_bytes_;
  return {};
}

/// Takes what belongs to the body; the whole of it, without a copy, when it came in one piece.
std::string_view RecordioParser::take_body(std::string_view& bytes) {
  const std::string_view part = bytes.substr(0, left_);
  bytes.remove_prefix(part.size());
  left_ -= part.size();
  if (left_ == 0 && body_.empty()) return part;
  if (!skip_) body_ += part;
  return body_;
}

}  // namespace watcher::mesos
