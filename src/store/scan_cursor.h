// The cursor of a SCAN, in a number: how far the keys were listed, in their order.
//
// It is the place of a record in the log whose key was the last one looked at. The log
// only grows, so the key is there to be read back at any time, by whoever has the file
// open; nothing needs to be remembered between two steps. The upper bits check the rest,
// so that a number from somewhere else, or a cursor of another file, is refused: 41 bits of
// offset / 8, and 22 of a hash of the offset and the file.
//
// A compaction, which makes another file, moves the records: recent_cursors.h has the keys of the
// cursors before it.
#pragma once

#include <cstdint>
#include <string>

#include "src/base/status.h"
#include "src/log/view.h"

namespace kvstore {

// `offset`: of a record that has a key. Never 0; below 2^63.
std::uint64_t cursor_of(const log::View& view, std::uint64_t offset);

// Another for each file.
std::uint64_t number_of_file(const log::View& view);

// The key that the cursor leads to. kNumber if no such cursor was ever given for this file.
Result<std::string> key_of_cursor(const log::View& view, std::uint64_t cursor);

}  // namespace kvstore
