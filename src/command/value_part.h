// Replies with a value, or a part of one: held if it is short, else as a stream of one version.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/command/call.h"
#include "src/command/moment.h"

namespace kvstore::command {

// The part of a value that a command requests.
struct ValuePart {
  std::string_view key;
  std::int64_t offset = 0;  // negative: counts from the end
  std::uint64_t length = kMaxValueSize;
  bool is_whole = false;  // GET: kTooBig if the value is longer than `length`
  At at;
};

// The begin of the part in a value of `size` bytes.
std::uint64_t begin_of(std::int64_t offset, std::uint64_t size);

// kType unless the key is missing or holds a string.
Status check_string(std::string_view key, const std::optional<KeyInfo>& info);

// NIL for a missing key. Without a Moment: as of now.
Outcome reply_part(const Call& call, const ValuePart& part);
Outcome reply_part(const Call& call, const Moment& now, const ValuePart& part);
// The same with the key's state (META), all of one version: seq, time, type, size, expiry in
// milliseconds since 1970 or NIL, and the bytes. kType for a sorted set, unless no bytes are
// requested (length 0).
Outcome reply_part_and_meta(const Call& call, const Moment& now, const ValuePart& part);

}  // namespace kvstore::command
