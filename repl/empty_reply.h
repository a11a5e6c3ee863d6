// Notes for interactive users on a list: why it is empty, if that is probably a mistake, or that it
// may be incomplete. Programs just get the list.
#pragma once

#include <cstddef>
#include <string>

#include "src/command/reply.h"
#include "src/command/table.h"

namespace kvstore::repl {

// Such as "PREFIX takes no pattern; try: KEYS user:*". Empty if there is nothing to note.
std::string why_empty(command::Args argv);

// A list that ends at a limit: that of HISTORY.
struct LimitedList {
  std::size_t limit = 0;  // 0: no limit
  std::string note;       // shown if there may be more
};
LimitedList limited_list(command::Args argv);
// Whether the reply ends because of the limit.
bool ends_at_limit(const LimitedList& list, const command::Reply& reply);

}  // namespace kvstore::repl
