// Argument forms that several commands share.
#pragma once

#include <cstddef>
#include <string_view>

#include "src/command/call.h"
#include "src/store/store.h"

namespace kvstore::command {

// args[from..] is nothing (now) or `AT seq|time`. kNumber, too: a seq that is yet to come.
Checked<At> take_at(const Call& call, std::size_t from);

// The point in time that args[from] is, as after AT; an error suggests `example`. kNumber, too: a
// seq that is yet to come.
Checked<At> take_point(const Call& call, std::size_t from, std::string_view example);

}  // namespace kvstore::command
