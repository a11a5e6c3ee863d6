// Whether a write would be carried out now, as far as that is known without one.
#pragma once

#include <optional>

#include "src/base/status.h"
#include "src/store/store.h"

namespace kvstore::server {

// Why not: what a write would be answered, kFull where next to nothing is left of the disk.
// kReadOnly: nobody wanted it otherwise. nullopt: it would be.
std::optional<Error> why_not_writable(const Stats& stats);

}  // namespace kvstore::server
