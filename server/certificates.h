// The certificates of a server, which may be reloaded while it runs.
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
  // Reads the files, for connections that are accepted from now on. After an error the old
  // certificates remain.
  Status load(const tls::ServerFiles& files) {
    KV_ASSIGN(tls::Context context, tls::Context::of_server(files));
    MutexLock lock(mutex_);
    context_ = std::move(context);
    return {};
  }
  // Call it only after a successful load().
  tls::Context current() const {
    MutexLock lock(mutex_);
    return *context_;
  }

 private:
  mutable Mutex mutex_;
  std::optional<tls::Context> context_ KV_GUARDED_BY(mutex_);
};

}  // namespace kvstore::server
