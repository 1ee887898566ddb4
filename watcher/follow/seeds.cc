#include "watcher/follow/seeds.h"

#include <fmt/core.h>

#include <utility>

#include "common/log.h"

namespace watcher {
namespace {

class Unreachable final : public Source {
 public:
  explicit Unreachable(SourceStatus status) : status_(std::move(status)) {}
  void start() override {}
  SourceStatus status() const override { return status_; }

 private:
  SourceStatus status_;
};

}  // namespace

std::vector<http::Url> read_seeds(const std::vector<std::string>& texts,
                                  std::string_view source,
                                  std::string_view option) {
  std::vector<http::Url> seeds;
  for (const std::string& text : texts) {
    auto url = http::Url::parse(text);
    if (url) {
      seeds.push_back(std::move(*url));
    } else {
      common::log::error("source={} error=\"{}\" option={}", source, url.error().message, option);
    }
  }
  return seeds;
}

std::unique_ptr<Source> make_unreachable(std::string_view source, std::string_view option) {
  SourceStatus status;
  status.name = source;
  status.last_error = fmt::format("none of {} can be read", option);
  return std::make_unique<Unreachable>(std::move(status));
}

}  // namespace watcher
