// What a user may do to a store, as commands that rapidcheck puts in any order,
// and takes out again to find the shortest order that shows a bug.
#pragma once

#include <string>

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include "tests/stateful/world.h"

namespace kvstore::stateful {

using Command = rc::state::Command<Expected, World>;

// Whether some order of all commands shows a difference: rapidcheck's account of
// the shortest one, or an empty string. `id` names the property for RC_PARAMS.
std::string find_difference(const std::string& id, int cases, const Setup& setup);

// The commands that write, those that read, those that list keys or read at a snapshot, those on
// sorted sets, those that
// seal the index or compact the file, those that back it up, and those that end the process.
rc::Gen<std::shared_ptr<const Command>> any_write(const Expected& expected);
rc::Gen<std::shared_ptr<const Command>> any_read(const Expected& expected);
rc::Gen<std::shared_ptr<const Command>> any_list(const Expected& expected);
rc::Gen<std::shared_ptr<const Command>> any_sorted_set(const Expected& expected);
rc::Gen<std::shared_ptr<const Command>> any_transaction(const Expected& expected);
rc::Gen<std::shared_ptr<const Command>> any_seal(const Expected& expected);
rc::Gen<std::shared_ptr<const Command>> any_backup(const Expected& expected);
rc::Gen<std::shared_ptr<const Command>> any_end(const Expected& expected);

}  // namespace kvstore::stateful
