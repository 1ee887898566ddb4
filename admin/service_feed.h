#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "admin/service_log.h"
#include "common/result.h"
#include "http/message.h"

namespace admin {

/// What somebody wants to know of the services, and knows already.
struct Wish {
  std::optional<std::uint64_t> since;            // None: nothing is known.
  std::set<std::string, std::less<>> apps = {};  // Only these; empty: all.
  std::chrono::milliseconds wait{0};             // For news, where there are none.

  friend auto operator<=>(const Wish&, const Wish&) = default;
};
constexpr std::chrono::seconds kMaxWait{60};

/// The news of services, in words of the API: what /v1/events and /v1/changes tell. Pure.
///
/// An event is named by the generation it leads to and the run that counted it, "57-5f3a1c02":
/// without a saved state a new run counts from 0 again, and must not take its 57 for another's.
class ServiceFeed {
 public:
  explicit ServiceFeed(std::string run) : run_(std::move(run)) {}

  void follow(std::shared_ptr<const watcher::Snapshot> next) { log_.follow(std::move(next)); }
  std::uint64_t generation() const { return log_.generation(); }

  /// From Last-Event-ID, since, app and wait of a request. A bare generation is trusted to be of
  /// this run. Errors name the parameter.
  common::Expected<Wish> read_wish(const http::Request& request) const;

  /// Would tell() tell anything?
  bool has_news(const Wish& wish) const;

  struct Event {
    std::string id;
    std::string type;  // "snapshot" or "change"
    std::string data;  // JSON: "type", "id", "generation", "synced", then what there is or changed.
  };
  /// What leads from what is known to now; everything where that is too old or of another run.
  Event tell(const Wish& wish) const;

 private:
  common::Expected<std::optional<std::uint64_t>> read_since(const std::string& name,
                                                            const std::string& text) const;

  std::string run_;
  ServiceLog log_;
};

/// As it goes over the wire of server-sent events.
/// Source: WHATWG HTML, section 9.2.5.
std::string event_text(const ServiceFeed::Event& event);

}  // namespace admin
