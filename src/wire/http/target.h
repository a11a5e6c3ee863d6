// What a request asks for: its target, taken apart. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvstore::wire::http {

struct Target {
  std::string authority;  // "host:port", of an absolute one; empty else
  std::string path;       // as sent, from its '/' on: what is reserved is so before it is decoded
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in their order

  // Of the first of that name. "?follow" has it, with an empty value.
  std::optional<std::string_view> parameter(std::string_view name) const;
  // The path without its first '/', decoded: any bytes.
  std::string key;
};

// "/a%20b?x=1+2", "http://host/a"; "*" has the path "*". nullopt: it is none, or has a '%' that two
// hexadecimal digits do not follow. In a query '+' is a blank.
std::optional<Target> parse_target(std::string_view text);

// nullopt: a '%' is not followed by two digits.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank);
// Of a path or query: letters, digits and "-._~" stay, and so do those of `others`.
std::string percent_encode(std::string_view bytes, std::string_view others = {});

}  // namespace kvstore::wire::http
