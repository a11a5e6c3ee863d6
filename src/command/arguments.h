// Argument forms that several commands share.
#pragma once

#include <cstddef>
#include <optional>

#include "src/command/reply.h"
#include "src/command/table.h"
#include "src/store/store.h"

namespace kvstore::command {

// args[from..] is nothing (*at stays now) or `AT seq|time`. The error to answer,
// if there is one.
std::optional<Reply> take_at(Args args, std::size_t from, At* at);

}  // namespace kvstore::command
