// Bodies in JSON, taken apart. Whatever is not of the expected form is an error that says where;
// no body makes more of itself in memory than its bytes and some of each of its values, of which
// there may be so many. Pure.
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

// At most so many bytes are held to take a body apart, and by what is made of it.
std::size_t memory_to_parse(std::string_view json);

// Seconds: some 7,900 years, for records have no room for a time far beyond the year 10889.
inline constexpr std::int64_t kLongestTtl = 250'000'000'000;

// {"value": "..." or {"base64": "..."}, "ttl": seconds or null}. Errors: kSyntax; kNumber:
// it lives longer than kLongestTtl.
struct ValueBody {
  std::string value;
  std::optional<std::string> ttl;  // as SET's EX takes it
};
Result<ValueBody> parse_value_body(std::string_view json, bool takes_ttl);

// ["SET", "key", ..] or {"args": [..], "base64": true}. Not empty.
Result<std::vector<std::string>> parse_command_body(std::string_view json);

// One of a batch.
struct Operation {
  std::vector<std::string> words;  // the command; empty: `key` must be of this version
  bool is_as_given = false;        // the words are the client's own
  std::string key;
  std::optional<std::uint64_t> version;  // nullopt: it must not be there
};
// [{"op": "put", "key": .., "value": .., "ttl": ..}, {"op": "append", ..}, {"op": "delete", ..},
// {"op": "check", "key": .., "version": 17 or null}, ["INCR", "n"]]
Result<std::vector<Operation>> parse_batch_body(std::string_view json);

}  // namespace kvstore::wire::http
