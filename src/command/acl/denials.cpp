#include "src/command/acl/denials.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kvstore::command::acl {
namespace {

constexpr auto kSameWithin = std::chrono::seconds(60);

bool is_same(const Denial& a, const Denial& b) {
  return a.reason == b.reason && a.in_multi == b.in_multi && a.object == b.object &&
         a.user == b.user && b.since - a.since < kSameWithin;
}

}  // namespace

std::string_view reason_name(Denial::Reason reason) {
  switch (reason) {
    case Denial::Reason::kCommand:
      return "command";
    case Denial::Reason::kKey:
      return "key";
    case Denial::Reason::kChannel:
      return "channel";
    case Denial::Reason::kAuth:
      return "auth";
  }
  return "command";
}

// A repeated denial is one entry, which becomes the newest.
void Denials::add(Denial denial) {
  if (denial.object.size() > kMaxObject) denial.object.resize(kMaxObject);
  if (denial.user.size() > kMaxObject) denial.user.resize(kMaxObject);
  MutexLock lock(mutex_);
  const auto same = std::find_if(all_.begin(), all_.end(),
                                 [&](const Denial& old) { return is_same(old, denial); });
  if (same != all_.end()) {
    denial.count += same->count;
    all_.erase(same);
  }
  all_.push_front(std::move(denial));
  if (all_.size() > kMost) all_.pop_back();
}

std::vector<Denial> Denials::newest(std::size_t count) const {
  MutexLock lock(mutex_);
  const auto end = all_.begin() + static_cast<std::ptrdiff_t>(std::min(count, all_.size()));
  return {all_.begin(), end};
}

void Denials::clear() {
  MutexLock lock(mutex_);
  all_.clear();
}

}  // namespace kvstore::command::acl
