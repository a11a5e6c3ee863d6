// The certificates of a server, which may be renewed while it runs.
#pragma once

#include <optional>
#include <utility>

#include "src/base/mutex.h"
#include "src/base/status.h"
#include "src/tls/context.h"

namespace kvstore::server {

// Thread rule: any thread.
class Certificates {
 public:
  // Reads the files; connections that come from now on get what they hold. An error leaves what
  // there was.
  Status load(const tls::ServerFiles& files) {
    KV_ASSIGN(tls::Context context, tls::Context::of_server(files));
    MutexLock lock(mutex_);
    context_ = std::move(context);
    return {};
  }
  // Only after a load() that succeeded.
  tls::Context current() const {
    MutexLock lock(mutex_);
    return *context_;
  }

 private:
  mutable Mutex mutex_;
  std::optional<tls::Context> context_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
