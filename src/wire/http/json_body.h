// Parses bodies in JSON. Content of an unexpected form is an error that tells where. The memory of
// a body is bounded by its bytes and a fixed amount for each of its values, whose number is
// limited. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::wire::http {

inline constexpr std::size_t kMostJsonValues = 100'000;

// Bound for the memory to parse a body, including the result.
std::size_t memory_to_parse(std::string_view json);

// In seconds: about 7,900 years, because records cannot store times far beyond the year 10889.
inline constexpr std::int64_t kLongestTtl = 250'000'000'000;

// {"value": "..." or {"base64": "..."}, "ttl": seconds or null}. Errors: kSyntax; kNumber: the TTL
// exceeds kLongestTtl.
struct ValueBody {
  std::string value;
  std::optional<std::string> ttl;  // as an argument of SET's EX
};
Result<ValueBody> parse_value_body(std::string_view json, bool takes_ttl);

// ["SET", "key", ..] or {"args": [..], "base64": true}. The result is not empty.
Result<std::vector<std::string>> parse_command_body(std::string_view json);

// One operation of a batch.
struct Operation {
  std::vector<std::string> words;  // the command; empty: check that `key` has this version
  bool is_as_given = false;        // the words are the client's own
  std::string key;
  std::optional<std::uint64_t> version;  // nullopt: the key must be missing
};
// [{"op": "put", "key": .., "value": .., "ttl": ..}, {"op": "append", ..}, {"op": "delete", ..},
// {"op": "check", "key": .., "version": 17 or null}, ["INCR", "n"]]
Result<std::vector<Operation>> parse_batch_body(std::string_view json);

}  // namespace kvstore::wire::http
