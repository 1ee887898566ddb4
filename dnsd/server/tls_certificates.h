#pragma once

#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "common/event.h"
#include "common/published.h"
#include "common/result.h"
#include "dnsd/server/tls_context.h"

namespace dnsd {

/// The certificate for workers, kept as new as its files: a thread of its own looks at them once a
/// second. Connections that are open keep what they began with.
class TlsCertificates {
 public:
  /// Errors: as TlsContext::load().
  static common::Expected<std::unique_ptr<TlsCertificates>> start(
      const std::string& certificate_file, const std::string& key_file);
  ~TlsCertificates();
  TlsCertificates(const TlsCertificates&) = delete;
  TlsCertificates& operator=(const TlsCertificates&) = delete;

  const common::Published<TlsContext>& published() const { return published_; }

 private:
  /// What tells one version of the files from another.
  struct Version {
    timespec certificate{};
    timespec key{};
    ino_t certificate_file = 0;  // A link may lead to another file with the same time.
    ino_t key_file = 0;
  };

  TlsCertificates(std::string certificate_file,
                  std::string key_file,
                  std::shared_ptr<const TlsContext> first,
                  std::unique_ptr<common::EventLoop> loop,
                  const Version& version);

  static Version look(const std::string& certificate_file, const std::string& key_file);
  static bool is_same(const Version& a, const Version& b);
  void tick(short what);

  const std::string certificate_file_;
  const std::string key_file_;
  common::Published<TlsContext> published_;
  Version version_;
  std::unique_ptr<common::EventLoop> loop_;
  common::EventPtr timer_;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace dnsd
