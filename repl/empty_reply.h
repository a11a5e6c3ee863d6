// What a person at the prompt is told beside a list: why it is empty, where that is most likely a
// slip, or that it may not be all. Programs get the list that they have asked for.
#pragma once

#include <cstddef>
#include <string>

#include "src/command/reply.h"
#include "src/command/table.h"

namespace kvstore::repl {

// "PREFIX takes no pattern; try: KEYS user:*". Empty if the words are as they should be.
std::string why_empty(command::Args argv);

// Of a list that ends at a limit: HISTORY's.
struct LimitedList {
  std::size_t limit = 0;  // 0: it has none
  std::string note;       // what to say if there may be more
};
LimitedList limited_list(command::Args argv);
// The reply ends because of the limit.
bool ends_at_limit(const LimitedList& list, const command::Reply& reply);

}  // namespace kvstore::repl
