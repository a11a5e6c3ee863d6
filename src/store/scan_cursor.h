// The cursor of a SCAN as a number: how far the keys were listed, in order.
//
// It is the place of a record in the log whose key was the last one looked at. The log
// only grows, so the key is there to be read back at any time, by whoever has the file
// open; nothing needs to be remembered between two steps. A check tells a number from somewhere
// else, or a cursor of another file, from those of this file.
//
// A compaction, which makes another file, moves the records: recent_cursors.h has the keys of
// cursors that are awaited. A cursor whose place is not known any more leads to the first key
// again, so that no key is left out. Cursors say how often that has come to pass, and with each
// time steps are to become longer: so a list comes to its end, however often it begins anew.
//
// From the highest bit: 0, 3 bits of how often, 19 of a hash of the offset and the file, 41 of
// offset / 8.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/log/view.h"

namespace kvstore {

inline constexpr unsigned kMostRestarts = 7;

// `offset`: of a record that has a key. `restarts`: at most kMostRestarts. Never 0; below 2^63.
std::uint64_t cursor_of(const log::View& view, std::uint64_t offset, unsigned restarts);

// How often a list that has come to the cursor, of whatever file, began anew.
unsigned restarts_of(std::uint64_t cursor);
// How many keys its next step is to look at, where `count` are asked for.
std::uint64_t step_length(std::uint64_t cursor, std::uint64_t count);

// The key that the cursor leads to. None if no such cursor was ever given for this file.
std::optional<std::string> key_of_cursor(const log::View& view, std::uint64_t cursor);

}  // namespace kvstore
