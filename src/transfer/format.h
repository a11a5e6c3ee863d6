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

// Some programs put it before UTF-8 text; it is skipped.
inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::vector<std::string> format_names();
std::optional<Format> format_of_name(std::string_view name);
// The format by the extension of a file: .kv, .jsonl, .ndjson, .json, .csv, .resp, .aof.
std::optional<Format> format_of_path(std::string_view path);

// As much of a file's beginning as format_of_content() needs: usually its first line.
inline constexpr std::size_t kEnoughToTell = std::size_t{64} << 10;

// The format of a file that begins with these bytes. kFormat if it is none of them; the message
// names what the file is if that can be recognized (an RDB file, a kvstore database, compressed
// data).
Result<Format> format_of_content(std::string_view beginning);
// An error if these bytes are certainly none of the formats.
Status check_content(std::string_view beginning);

}  // namespace kvstore::transfer
