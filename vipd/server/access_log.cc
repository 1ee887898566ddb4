#include "vipd/server/access_log.h"

#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <utility>

#include "common/log.h"

namespace vipd {

namespace {

using Seconds = AccessRecord::Seconds;

/// " key=1.234" in milliseconds; nothing for what did not happen.
std::string in_ms(std::string_view key, const std::optional<Seconds>& time) {
  return time ? fmt::format(" {}={:.3f}", key, time->count() * 1000) : "";
}

/// As one word: what strangers wrote cannot break the line.
std::string as_word(const std::string& text) {
  std::string word = text;
  std::replace_if(
      word.begin(), word.end(), [](char c) { return c <= ' ' || c == 0x7f; }, '?');
  return word;
}

}  // namespace

void AccessRecord::connected(const Target& target, Seconds took, int attempts) {
  tried(target, attempts);
  connect = took;
}

void AccessRecord::tried(const Target& target, int attempts) {
  backend = target.endpoint;
  app = target.app;
  tries = attempts;
}

std::string access_line(const AccessRecord& record,
                        const watcher::Vip& vip,
                        EndCause cause,
                        AccessRecord::Instant now) {
  std::string line =
      fmt::format("session vip={} client={}", vip.id.to_string(), record.client.to_string());
  if (record.backend) {
    line += fmt::format(" backend={} app={} tries={}",
                        record.backend->to_string(),
                        as_word(record.app),
                        record.tries);
  }
  line += fmt::format(" cause={} bytes_upstream={} bytes_downstream={}",
                      kEndCauses[static_cast<std::size_t>(cause)],
                      record.bytes[0],
                      record.bytes[1]);
  return line + in_ms("connect_ms", record.connect) + in_ms("first_byte_ms", record.first_byte) +
         in_ms("lasted_ms", Seconds(now - record.accepted));
}

void AccessLog::write(const AccessRecord& record,
                      const watcher::Vip& vip,
                      EndCause cause,
                      AccessRecord::Instant now) {
  if (!may_write(now)) return;
  std::string line = access_line(record, vip, cause, now);
  if (left_out_ > 0) line += fmt::format(" left_out={}", std::exchange(left_out_, 0));
  common::log::info("{}", line);
}

bool AccessLog::may_write(AccessRecord::Instant now) {
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    written_ = 0;
  }
  if (written_ < limit_) {
    ++written_;
    return true;
  }
  ++left_out_;
  return false;
}

}  // namespace vipd
