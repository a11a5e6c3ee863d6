// Ranges, conditions on versions, and preferred types of a response. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/wire/http/request.h"

namespace kvstore::wire::http {

// --- Range
struct ByteRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;  // exclusive
};
struct RangeAsked {
  enum class What : std::uint8_t {
    kNone,      // no range, or one that is not supported: send everything
    kPart,      // `first` to `last`, or the last `suffix` bytes
    kUnusable,  // malformed: send everything, too
  };
  What what = What::kNone;
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;  // the last byte of it; none: up to the end
  std::optional<std::uint64_t> suffix;
};
// kNone for several ranges, and for units other than bytes.
RangeAsked parse_range(std::string_view field);
// The range in a value of `size` bytes; nullopt: it is not satisfiable (416).
std::optional<ByteRange> resolve(const RangeAsked& asked, std::uint64_t size);

// --- If-Match, If-None-Match: a version is the tag "17" (in quotes), possibly weak (but not for
// If-Match).
std::string etag_of(std::uint64_t version);
struct VersionList {
  bool is_any = false;            // "*"
  bool is_unusable = false;       // not a valid list: the condition cannot be checked
  std::vector<std::string> tags;  // with quotes, without W/; for If-Match without weak ones
  bool names(std::uint64_t version) const { return names(etag_of(version)); }
  bool names(std::string_view tag) const;
};
std::optional<VersionList> version_list(const Head& head, std::string_view field);

// --- Accept: which of two types is preferred. kFirst if neither or both are named.
enum class Preferred : std::uint8_t { kFirst, kSecond };
Preferred preferred(std::string_view accept, std::string_view first, std::string_view second);
// Whether the type is acceptable; without Accept every type is.
bool accepts(std::string_view accept, std::string_view type);

// The type without parameters: "application/json; charset=utf-8" has type "application/json", in
// lower case without blanks.
std::string media_type(std::string_view field);

// From `Authorization: Basic`; nullopt: another scheme, or malformed.
struct Credentials {
  std::string user;
  std::string password;
};
std::optional<Credentials> basic_credentials(std::string_view authorization);

}  // namespace kvstore::wire::http
