// Argument forms that several commands share.
#pragma once

#include <cstddef>
#include <string_view>

#include "src/command/call.h"
#include "src/store/store.h"

namespace kvstore::command {

// Parses args[from..], which is empty (now) or `AT seq|time`. kNumber also for a seq above the
// newest.
Checked<At> take_at(const Call& call, std::size_t from);

// Parses args[from] as the point in time after AT; an error suggests `example`. kNumber also for a
// seq above the newest.
Checked<At> take_point(const Call& call, std::size_t from, std::string_view example);

}  // namespace kvstore::command
