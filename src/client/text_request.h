// Requests in the text protocol, for any bytes: a word is never taken for a count, a sentinel or
// the begin of a block.
#pragma once

#include <string>
#include <string_view>

#include "src/base/status.h"
#include "src/command/table.h"

namespace kvstore::client {

// Appends `argv` as text. kArity, with nothing appended, for what the text grammar would read as
// the first line of a longer request (`SET key` alone).
Status append_text_request(command::Args argv, std::string* out);

// `SET key 0 size` and `APPEND key size`, followed by the bytes unchanged: for callers that write
// many of them.
void append_counted_set(std::string_view key, std::string_view value, std::string* out);
void append_counted_append(std::string_view key, std::string_view value, std::string* out);

}  // namespace kvstore::client
