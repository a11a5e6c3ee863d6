// One cursor over several parts of an index, in which newer parts hide older entries of the same
// key. A binary heap of cursors by key; the first 16 bytes of keys are compared as numbers.
//
// Thread rule: as for the cursors.
#pragma once

#include <memory>
#include <vector>

#include "src/index/cursor.h"

namespace kvstore::index {

// Merges the cursors, given newest part first. Each key appears once, with the newest part's entry.
// damaged() as soon as one of them is. A single cursor is returned itself.
std::unique_ptr<Cursor> merged(std::vector<std::unique_ptr<Cursor>> newest_first);

}  // namespace kvstore::index
