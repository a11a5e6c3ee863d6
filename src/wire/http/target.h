// Parses the target of a request. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvstore::wire::http {

struct Target {
  std::string authority;  // "host:port" of an absolute target, or empty
  std::string path;       // as sent, from its '/' on; reserved paths are recognised before decoding
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order

  // The first parameter of that name. "?follow" has it, with an empty value.
  std::optional<std::string_view> parameter(std::string_view name) const;
  // The path without its first '/', decoded: any bytes.
  std::string key;
};

// Parses "/a%20b?x=1+2" or "http://host/a"; "*" has the path "*". nullopt: it is invalid, or two
// hexadecimal digits are missing after a '%'. In a query '+' is a blank.
std::optional<Target> parse_target(std::string_view text);

// nullopt: two hexadecimal digits are missing after a '%'.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank);
// Encodes for a path or a query: letters, digits, "-._~" and the characters in `others` are kept.
std::string percent_encode(std::string_view bytes, std::string_view others = {});

}  // namespace kvstore::wire::http
