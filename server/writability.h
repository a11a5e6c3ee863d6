// Whether a write would succeed now, as far as that is known without one.
#pragma once

#include <optional>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore::server {

// The error that a write would get; kFull also if hardly any disk space is left. kReadOnly: the
// store was opened that way. nullopt: a write would succeed.
std::optional<Error> why_not_writable(const Stats& stats);

}  // namespace kvstore::server
