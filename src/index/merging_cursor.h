// One walk over several parts of an index, of which a newer one hides what an older one says
// of the same key. A binary heap of the cursors, by their keys; the first 16 bytes of each
// are compared as numbers.
//
// Thread rule: as the cursors'.
#pragma once

#include <memory>
#include <vector>

#include "src/index/cursor.h"

namespace kvstore::index {

// Of the cursors, newest part first. A key stands for once, with the newest part's entry.
// damaged() as soon as one of them is. Of one cursor it is that cursor.
std::unique_ptr<Cursor> merged(std::vector<std::unique_ptr<Cursor>> newest_first);

}  // namespace kvstore::index
