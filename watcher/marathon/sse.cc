#include "watcher/marathon/sse.h"

namespace watcher::marathon {
namespace {

/// Empties a buffer that will be filled again, without holding on to the largest record ever seen.
void recycle(std::string& buffer) {
  constexpr std::size_t kKeep = 1 << 20;
  buffer.clear();
  if (buffer.capacity() > kKeep) buffer.shrink_to_fit();
}

}  // namespace

void SseParser::feed(std::string_view bytes, const std::function<void(const SseRecord&)>& emit) {
  while (!bytes.empty()) {
    if (after_cr_ && bytes.front() == '\n') bytes.remove_prefix(1);
    after_cr_ = false;
    const std::size_t end = bytes.find_first_of("\r\n");
    add_to_line(bytes.substr(0, end));
    if (end == std::string_view::npos) return;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    end_line(emit);
  }
}

void SseParser::add_to_line(std::string_view bytes) {
  if (line_.size() + data_.size() + bytes.size() > max_record_bytes_) too_large_ = true;
  if (!too_large_) {
    line_ += bytes;
  } else if (line_.empty()) {
    line_ = bytes.substr(0, 1);  // All that matters from now on is whether a line is blank.
  }
}

void SseParser::end_line(const std::function<void(const SseRecord&)>& emit) {
  if (line_.empty()) {
    end_record(emit);
  } else if (!too_large_) {
    take_field(line_);
  }
  recycle(line_);
}

void SseParser::take_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "event") event_ = value;
  if (field == "data") data_.append(value).push_back('\n');
}

void SseParser::end_record(const std::function<void(const SseRecord&)>& emit) {
  if (too_large_) {
    ++oversized_;
  } else if (!data_.empty()) {
    emit({event_, std::string_view(data_).substr(0, data_.size() - 1)});
  }
  too_large_ = false;
  event_.clear();
  recycle(data_);
}

}  // namespace watcher::marathon
