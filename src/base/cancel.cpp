#include "src/base/cancel.h"

#include <utility>

namespace kvstore {
namespace {

thread_local bool (*asked)() = nullptr;

}  // namespace

CancelScope::CancelScope(bool (*is_wanted)()) : outer_(std::exchange(asked, is_wanted)) {}

CancelScope::~CancelScope() { asked = outer_; }

bool is_cancelled() { return asked != nullptr && asked(); }

tl::unexpected<Error> cancelled() { return fail(Code::kSkipped, Cancelled().what()); }

}  // namespace kvstore
