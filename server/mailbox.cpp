#include "server/mailbox.h"

#include <utility>

namespace kvstore::server {

bool Mailbox::add(std::string_view bytes) {
  if (budget_.is_scarce()) return false;
  MutexLock lock(mutex_);
  if (bytes.size() > limit_ - bytes_.size() || !budget_.take(bytes.size())) return false;
  bytes_.append(bytes);
  is_empty_.store(bytes_.empty(), std::memory_order_release);
  return true;
}

std::string Mailbox::take() {
  MutexLock lock(mutex_);
  is_empty_.store(true, std::memory_order_release);
  budget_.give(bytes_.size());
  return std::exchange(bytes_, {});
}

}  // namespace kvstore::server
