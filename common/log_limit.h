#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace common::log {

/// Keeps lines that repeat from filling a disk. Lines are alike when they differ in nothing but the
/// values of their key=value, and are about the same app, if about any: each app's owner is told.
/// kBurst of them are written at once, and one a second from then on. Pure; not thread-safe.
class LogLimit {
 public:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr int kBurst = 20;
  static constexpr std::size_t kMaxShapes = 256;  // The one unheard of longest is forgotten.
  static constexpr std::chrono::seconds kSilence{10};

  /// How many lines like this one were left out since the last that was written; nothing: so is
  /// this one.
  std::optional<std::uint64_t> admit(std::string_view line, Instant now);

  /// A line about lines that were left out, of a kind that was not heard of for kSilence; one each
  /// call. Costs a comparison when none was left out.
  std::optional<std::string> overdue(Instant now);
  bool owes() const { return left_out_ > 0; }  // Has something left out that was not told yet.

 private:
  struct Bucket {
    double tokens = kBurst;
    Instant last{};
    std::uint64_t left_out = 0;
  };
  Bucket& bucket_of(const std::string& shape, Instant now);

  std::map<std::string, Bucket, std::less<>> buckets_;
  std::uint64_t left_out_ = 0;  // Of all buckets.
};

/// `line` without the values of its key=value but for app=.
std::string shape_of(std::string_view line);

}  // namespace common::log
