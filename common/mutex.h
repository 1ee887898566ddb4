#pragma once

#include <mutex>

// Clang's thread safety analysis checks these (-Wthread-safety); elsewhere they vanish.
#if defined(__clang__)
#define SIGNPOST_ANNOTATE(x) __attribute__((x))
#else
#define SIGNPOST_ANNOTATE(x)
#endif
#define GUARDED_BY(mutex) SIGNPOST_ANNOTATE(guarded_by(mutex))

namespace common {

/// std::mutex with the attributes that let Clang prove who holds it.
class SIGNPOST_ANNOTATE(capability("mutex")) Mutex {
 public:
  void lock() SIGNPOST_ANNOTATE(acquire_capability()) { mutex_.lock(); }
  void unlock() SIGNPOST_ANNOTATE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

/// Holds a Mutex for a scope.
class SIGNPOST_ANNOTATE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) SIGNPOST_ANNOTATE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() SIGNPOST_ANNOTATE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace common
