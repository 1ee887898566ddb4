#include "common/log_limit.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace common::log {
namespace {

constexpr std::size_t kMaxShape = 200;  // Octets of a line that tell its kind.

/// Where the value that begins at `at` ends.
std::size_t end_of_value(std::string_view line, std::size_t at) {
  if (at == line.size() || line[at] != '"') return std::min(line.find(' ', at), line.size());
  for (++at; at < line.size() && line[at] != '"'; ++at) {
    if (line[at] == '\\') ++at;
  }
  return std::min(at + 1, line.size());
}

/// Whether an app's name comes next.
bool names_an_app(std::string_view shape) { return shape == "app=" || shape.ends_with(" app="); }

}  // namespace

std::string shape_of(std::string_view line) {
  std::string shape;
  for (std::size_t at = 0; at < line.size() && shape.size() < kMaxShape;) {
    shape += line[at++];
    if (shape.back() != '=') continue;
    const std::size_t end = end_of_value(line, at);
    if (names_an_app(shape)) shape += line.substr(at, end - at);
    at = end;
  }
  return shape;
}

std::optional<std::uint64_t> LogLimit::admit(std::string_view line, Instant now) {
  Bucket& bucket = bucket_of(shape_of(line), now);
  const double passed = std::chrono::duration<double>(now - bucket.last).count();
  bucket.tokens = std::min<double>(kBurst, bucket.tokens + passed);
  bucket.last = now;
  if (bucket.tokens < 1) {
    ++bucket.left_out;
    ++left_out_;
    return std::nullopt;
  }
  bucket.tokens -= 1;
  left_out_ -= bucket.left_out;
  return std::exchange(bucket.left_out, 0);
}

std::optional<std::string> LogLimit::overdue(Instant now) {
  if (left_out_ == 0) return std::nullopt;
  const auto silent = std::find_if(buckets_.begin(), buckets_.end(), [now](const auto& entry) {
    return entry.second.left_out > 0 && now - entry.second.last >= kSilence;
  });
  if (silent == buckets_.end()) return std::nullopt;
  left_out_ -= silent->second.left_out;
  std::string like = silent->first;
  std::replace_if(
      like.begin(), like.end(), [](char c) { return c == '"' || c == '\\'; }, '\'');
  return fmt::format(
      "lines like \"{}\" left_out={}", like, std::exchange(silent->second.left_out, 0));
}

LogLimit::Bucket& LogLimit::bucket_of(const std::string& shape, Instant now) {
  const auto found = buckets_.find(shape);
  if (found != buckets_.end()) return found->second;
  if (buckets_.size() >= kMaxShapes) {
    const auto oldest =
        std::min_element(buckets_.begin(), buckets_.end(), [](const auto& a, const auto& b) {
          return a.second.last < b.second.last;
        });
    left_out_ -= oldest->second.left_out;
    buckets_.erase(oldest);
  }
  return buckets_.emplace(shape, Bucket{.last = now}).first->second;
}

}  // namespace common::log
