// The short way to what most reads are for: the value of a record that is nothing but a SET.
//
// A record is plain if and only if
//   1. its kind is SET, and its flags are known;
//   2. it has no extension, or CHAIN alone, whose total is the value's size: it is no member of
//      a batch that it would have to name, is not compressed, and does not expire;
//   3. its value has at most kBlockSize bytes, so that body_crc is a CRC of them all.
//
// Nothing is called damaged here. A record that is not plain, or is not valid by each of the rules
// of src/log/record.h, is left to View::header() and body_is_valid(), which say what is wrong with
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/log/view.h"

namespace kvstore::log {

// The value of the plain record of `key` at `offset`, whose head and body were checked: a view of
// the mapping. Nothing if there is no such record, whatever else there is.
std::optional<std::string_view> plain_value(const View& view, std::uint64_t offset,
                                            std::string_view key);

}  // namespace kvstore::log
