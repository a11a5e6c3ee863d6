// Reads values that may be compressed. Checksums cover the stored bytes, so only verified bytes are
// decompressed. A value whose bytes cannot be decompressed nonetheless was damaged before it was
// written, or forged, and counts as damaged.
//
// Thread rule: pure functions of an immutable part of the log. All throw std::bad_alloc.
#pragma once

#include <string>

#include "src/log/record.h"
#include "src/log/view.h"

namespace kvstore::log {

inline constexpr const char* kBadChecksum = "its bytes do not match their checksum";
inline constexpr const char* kNoDictionary =
    "it is compressed with the file's dictionary, which is damaged (offset 4096)";

// Writes the bytes [begin, end) that an encoded record adds to its value, verified, to `out`; end
// <= length(). Reads only the blocks that contain them. Returns null, or a static text with the
// error.
const char* decode_part(const View& view, const Record& record, std::uint64_t begin,
                        std::uint64_t end, char* out);

// The bytes that the record adds to its value, verified: in the file or, for a compressed record or
// a REF, in *space. False: it is damaged.
bool read_value(const View& view, const Record& record, std::string* space,
                std::string_view* value);

// Checks that the value is intact: its checksums, and that it can be decompressed; for a REF, that
// its targets exist, but not that those are intact. Returns null, or a static text with the error.
const char* check_value(const View& view, const Record& record);
inline bool value_is_valid(const View& view, const Record& record) {
  return check_value(view, record) == nullptr;
}

}  // namespace kvstore::log
