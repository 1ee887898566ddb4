#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace signpost {

/// The text format of Prometheus, read as far as /metrics has it: no timestamps, no exemplars.
/// Pure.
class MetricsText {
 public:
  using Labels = std::map<std::string, std::string, std::less<>>;
  struct Sample {
    Labels labels;
    double value = 0;
  };

  /// Lines that make no sense are left out.
  explicit MetricsText(std::string_view text);

  /// Of one metric, in the order of the text; none when there is no such metric.
  const std::vector<Sample>& samples(std::string_view name) const;
  /// Over all labels.
  double sum(std::string_view name) const;

 private:
  std::map<std::string, std::vector<Sample>, std::less<>> by_name_;
};

/// The value of a label; empty without it.
std::string label(const MetricsText::Sample& sample, std::string_view key);

}  // namespace signpost
