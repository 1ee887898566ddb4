#include "dnsd/server/tls_certificates.h"

#include <event2/event.h>
#include <pthread.h>

#include <utility>

#include "common/log.h"

namespace dnsd {
namespace {

constexpr std::chrono::milliseconds kInterval{1000};

bool is_same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

common::Expected<std::unique_ptr<TlsCertificates>> TlsCertificates::start(
    const std::string& certificate_file, const std::string& key_file) {
  const Version version = look(certificate_file, key_file);  // First: a change is then seen later.
  auto first = TlsContext::load(certificate_file, key_file);
  if (!first) return tl::unexpected(first.error());
  auto loop = common::EventLoop::create();
  if (!loop) return tl::unexpected(loop.error());
  return std::unique_ptr<TlsCertificates>(new TlsCertificates(
      certificate_file, key_file, std::move(*first), std::move(*loop), version));
}

TlsCertificates::TlsCertificates(std::string certificate_file,
                                 std::string key_file,
                                 std::shared_ptr<const TlsContext> first,
                                 std::unique_ptr<common::EventLoop> loop,
                                 const Version& version)
    : certificate_file_(std::move(certificate_file)),
      key_file_(std::move(key_file)),
      published_(std::move(first)),
      version_(version),
      loop_(std::move(loop)),
      timer_(loop_->watch<&TlsCertificates::tick>(-1, EV_PERSIST, *this)) {
  common::arm(timer_, kInterval);
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "dnsd-tls");
    loop_->run();
  });
}

TlsCertificates::~TlsCertificates() {
  loop_->stop();
  thread_.join();
}

TlsCertificates::Version TlsCertificates::look(const std::string& certificate_file,
                                               const std::string& key_file) {
  struct stat certificate {};
  struct stat key {};
  stat(certificate_file.c_str(), &certificate);
  if (!key_file.empty()) stat(key_file.c_str(), &key);
  return {certificate.st_mtim, key.st_mtim, certificate.st_ino, key.st_ino};
}

bool TlsCertificates::is_same(const Version& a, const Version& b) {
  return is_same_time(a.certificate, b.certificate) && is_same_time(a.key, b.key) &&
         a.certificate_file == b.certificate_file && a.key_file == b.key_file;
}

/// Files that are being written are bad for a moment; when they are whole they have changed again.
void TlsCertificates::tick(short /*what*/) {
  const Version version = look(certificate_file_, key_file_);
  if (is_same(version, version_)) return;
  version_ = version;
  auto next = TlsContext::load(certificate_file_, key_file_);
  if (!next) {
    return common::log::warn("dns tls keeps its old certificate: {}", next.error().message);
  }
  published_.publish(std::move(*next));
  common::log::info("dns tls certificate={} reloaded", certificate_file_);
}

}  // namespace dnsd
