// Lets whoever runs a long read stop it. The thread that runs it says beforehand whom to
// ask; loops over many keys ask now and then, and give up with cancelled().
//
// Per thread, as a server's threads are never asked while a shell's is. Costs a load and
// a branch where nobody is to be asked.
#pragma once

#include <exception>

#include "src/base/status.h"

namespace kvstore {

class CancelScope {
 public:
  // `is_wanted` is called on this thread while the scope lives. Scopes nest. Null: nothing is to be
  // given up meanwhile, for what has to be brought to its end in the midst of what may be.
  explicit CancelScope(bool (*is_wanted)());
  ~CancelScope();
  CancelScope(const CancelScope&) = delete;
  CancelScope& operator=(const CancelScope&) = delete;

 private:
  bool (*const outer_)();
};

bool is_cancelled();

// For loops that cannot be left otherwise, as a sort's: throws Cancelled.
struct Cancelled final : std::exception {
  const char* what() const noexcept override { return "given up before it was done"; }
};
inline void leave_if_cancelled() {
  if (is_cancelled()) throw Cancelled();
}

// The error of what was given up, kSkipped.
tl::unexpected<Error> cancelled();

}  // namespace kvstore
