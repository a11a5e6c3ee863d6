// A fast path for most reads: the bytes of a record that is a SET or an APPEND and nothing more.
//
// A record is plain if and only if
//   1. its kind is SET or APPEND, and its flags are known;
//   2. it has no extension, or CHAIN alone (of a SET its total is the value's size): it opens no
//      batch, is not compressed, does not expire, and carries no skip block;
//   3. its value has at most kBlockSize bytes, so that body_crc is a CRC of them all.
//
// This file reports no damage. A record that is not plain, or is not valid by each of the rules
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

// A piece of a value.
struct PlainAppend {
  std::string_view bytes;   // a view of the mapping, checked
  std::uint64_t total = 0;  // the value's length with them
  std::uint64_t prev = 0;   // offset of the key's record before it
};

// The plain APPEND at `offset` that continues a value, whose head and body were checked.
std::optional<PlainAppend> plain_append(const View& view, std::uint64_t offset);

}  // namespace kvstore::log
