// The formats of export and import.
//
//   kv     lines of the text language: SET key value; `kvstore FILE < dump.kv` runs it, too
//   jsonl  a JSON object a line: {"key":"a","value":"b","expires":"2026-01-01T00:00:00.000Z"};
//          of a sorted set {"key":"z","type":"zset","members":[["ann",10],["bob","-inf"]]}
//   csv    RFC 4180 with a header row: key,value,expires,base64,type
//   resp   Redis' commands as arrays of its protocol, which is also its append-only file
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::transfer {

enum class Format : std::uint8_t { kKv, kJsonl, kCsv, kResp };

// Some programs put it before UTF-8 text; it is passed over.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::vector<std::string> format_names();
std::optional<Format> format_of_name(std::string_view name);
// By how the name of a file ends: .kv, .jsonl, .ndjson, .json, .csv, .resp, .aof.
std::optional<Format> format_of_path(std::string_view path);

// Enough of a file's beginning for format_of_content(): its first line, mostly.
inline constexpr std::size_t kEnoughToTell = std::size_t{64} << 10;

// What a file is that begins so; kFormat if it is none of these, naming what it is where that
// can be seen (an RDB file, a kvstore database, something compressed).
Result<Format> format_of_content(std::string_view beginning);
// Not ok: these bytes are surely none of the formats.
Status check_content(std::string_view beginning);

}  // namespace kvstore::transfer
