// Answers a value, or a part of one: held if it is short, else as a stream of one version.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "src/command/call.h"
#include "src/command/moment.h"

namespace kvstore::command {

// What of a value a command asks for.
struct ValuePart {
  std::string_view key;
  std::int64_t offset = 0;  // a negative one counts from the end
  std::uint64_t length = kMaxValueSize;
  bool is_whole = false;  // GET: TOOBIG if it is longer than that
  At at;
};

// Where it begins in a value of `size` bytes.
std::uint64_t begin_of(std::int64_t offset, std::uint64_t size);

// Of a key that is missing or has a string: kType for any other.
Status check_string(std::string_view key, const std::optional<KeyInfo>& info);

// NIL of a missing key. Without a moment: as of now.
Outcome reply_part(const Call& call, const ValuePart& part);
Outcome reply_part(const Call& call, const Moment& now, const ValuePart& part);
// The same with what is known of the key (META), all of one version: seq, time, type, size, expiry
// in milliseconds since 1970 or NIL, and the bytes. A sorted set has none to give: kType, unless
// nothing is asked for (length 0).
Outcome reply_part_and_meta(const Call& call, const Moment& now, const ValuePart& part);

}  // namespace kvstore::command
