// Cancellation of long reads. The thread that runs one sets a function to ask; loops over many keys
// call it from time to time, and return cancelled().
//
// The function is set for each thread, because a server's threads are not cancelled like a shell's.
// Without one the check costs a load and a branch.
#pragma once

#include <exception>

#include "src/base/status.h"

namespace kvstore {

class CancelScope {
 public:
  // `is_wanted` is called on this thread during the scope. Scopes nest. Null: nothing within the
  // scope can be cancelled, for work that must be completed.
  explicit CancelScope(bool (*is_wanted)());
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

 private:
  bool (*const outer_)();
};

bool is_cancelled();

// For loops that cannot return an error, such as a sort: throws Cancelled.
struct Cancelled final : std::exception {
  const char* what() const noexcept override { return "given up before it was done"; }
};
inline void leave_if_cancelled() {
  if (is_cancelled()) throw Cancelled();
}

// The kSkipped error of a cancelled operation.
tl::unexpected<Error> cancelled();

}  // namespace kvstore
