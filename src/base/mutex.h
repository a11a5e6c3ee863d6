// std::mutex and related classes with clang's thread-safety annotations (which libstdc++ lacks): a
// clang build proves that what is KV_GUARDED_BY a mutex is accessed only while it is held
// (docs/CONTRIBUTING.md). The macros are those of clang's documentation; other compilers ignore
// them.
//
// wait() takes no predicate, because the analysis does not see that a lambda runs under the lock.
// Use a loop: while (!ready_) changed_.wait(mutex_);
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define KV_ATTRIBUTE(x) __attribute__((x))
#else
#define KV_ATTRIBUTE(x)
#endif

#define KV_CAPABILITY(name) KV_ATTRIBUTE(capability(name))
#define KV_SCOPED_CAPABILITY KV_ATTRIBUTE(scoped_lockable)
#define KV_GUARDED_BY(mutex) KV_ATTRIBUTE(guarded_by(mutex))
#define KV_REQUIRES(...) KV_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define KV_EXCLUDES(...) KV_ATTRIBUTE(locks_excluded(__VA_ARGS__))
#define KV_ACQUIRE(...) KV_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define KV_RELEASE(...) KV_ATTRIBUTE(release_capability(__VA_ARGS__))
#define KV_ASSERT_HELD(...) KV_ATTRIBUTE(assert_capability(__VA_ARGS__))
#define KV_RETURN_CAPABILITY(x) KV_ATTRIBUTE(lock_returned(x))
// For a function that is correct for a reason that the analysis cannot see. State the reason.
#define KV_NO_THREAD_SAFETY_ANALYSIS KV_ATTRIBUTE(no_thread_safety_analysis)

namespace kvstore {

class KV_CAPABILITY("mutex") Mutex {
 public:
  void lock() KV_ACQUIRE() { mutex_.lock(); }
  void unlock() KV_RELEASE() { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

// Holds the mutex until the end of the scope, or until unlock().
class KV_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) KV_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() KV_RELEASE() {
    if (held_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;
  void unlock() KV_RELEASE() {
    held_ = false;
    mutex_.unlock();
  }

 private:
  Mutex& mutex_;
  bool held_ = true;
};

// Releases a held mutex until the end of the scope.
class KV_SCOPED_CAPABILITY MutexUnlock {
 public:
  explicit MutexUnlock(Mutex& mutex) KV_RELEASE(mutex) : mutex_(mutex) { mutex_.unlock(); }
  ~MutexUnlock() KV_RELEASE() { mutex_.lock(); }
  MutexUnlock(const MutexUnlock&) = delete;
  MutexUnlock& operator=(const MutexUnlock&) = delete;

 private:
  Mutex& mutex_;
};

class CondVar {
 public:
  // May return spuriously.
  void wait(Mutex& mutex) KV_REQUIRES(mutex) {
    std::unique_lock lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // False: the deadline has passed. May return spuriously, too.
  bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point deadline)
      KV_REQUIRES(mutex);
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace kvstore
