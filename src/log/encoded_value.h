// Reading values that may be compressed. Their checksums are of the bytes as they are stored, so a
// value is decompressed only from bytes that are right; one that cannot be decompressed then was
// damaged before it was written, or forged, and counts as damaged.
//
// Thread rule: pure functions of an immutable stretch of log. All throw std::bad_alloc.
#pragma once

#include <string>

#include "src/log/record.h"
#include "src/log/view.h"

namespace kvstore::log {

inline constexpr const char* kBadChecksum = "its bytes do not match their checksum";
inline constexpr const char* kNoDictionary =
    "it is compressed with the file's dictionary, which is damaged (offset 4096)";

// Bytes [begin, end) of what an encoded record adds to its value, end <= length(), checked, to
// `out`. Only the blocks that they are in are read. Null, or what is wrong, for ever.
const char* decode_part(const View& view, const Record& record, std::uint64_t begin,
                        std::uint64_t end, char* out);

// What the record adds to its value, checked: in the file, or, if it is compressed or a REF, put
// into *space. False: it is damaged.
bool read_value(const View& view, const Record& record, std::string* space,
                std::string_view* value);

// Whether the value is whole: its checksums, and that it can be decompressed; of a REF, that what
// it names is there, not whether that is whole. Null, or what is wrong.
const char* check_value(const View& view, const Record& record);
inline bool value_is_valid(const View& view, const Record& record) {
  return check_value(view, record) == nullptr;
}

}  // namespace kvstore::log
