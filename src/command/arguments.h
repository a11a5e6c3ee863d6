// Argument forms that several commands share.
#pragma once

#include <cstddef>

#include "src/command/call.h"
#include "src/store/store.h"

namespace kvstore::command {

// args[from..] is nothing (now) or `AT seq|time`.
Checked<At> take_at(const Call& call, std::size_t from);

}  // namespace kvstore::command
