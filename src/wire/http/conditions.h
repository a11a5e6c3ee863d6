// Ranges, versions as conditions, and what a client would like to be answered. Pure.
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
  std::uint64_t end = 0;  // not of it
};
struct RangeAsked {
  enum class What : std::uint8_t {
    kNone,      // there is no range, or none that is understood: all of it is answered
    kPart,      // `first` to `last`, or the last `suffix` bytes
    kUnusable,  // one that is not well-formed: all of it is answered, too
  };
  What what = What::kNone;
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;  // the last byte of it; none: to the end
  std::optional<std::uint64_t> suffix;
};
// Of several ranges, as of units other than bytes: kNone.
RangeAsked parse_range(std::string_view field);
// In a value of so many bytes; nullopt: nothing of it is there (416).
std::optional<ByteRange> resolve(const RangeAsked& asked, std::uint64_t size);

// --- If-Match, If-None-Match: versions are "17" (in quotes), weak or not (If-Match: not).
std::string etag_of(std::uint64_t version);
struct VersionList {
  bool is_any = false;            // "*"
  bool is_unusable = false;       // it is no such list: a condition that nobody can check
  std::vector<std::string> tags;  // with their quotes, and without W/; of If-Match no weak ones
  bool names(std::uint64_t version) const { return names(etag_of(version)); }
  bool names(std::string_view tag) const;
};
std::optional<VersionList> version_list(const Head& head, std::string_view field);

// --- Accept: which of two is preferred. `first` where neither or both are named.
enum class Preferred : std::uint8_t { kFirst, kSecond };
Preferred preferred(std::string_view accept, std::string_view first, std::string_view second);
// Whether it may be answered at all; without Accept anything may.
bool accepts(std::string_view accept, std::string_view type);

// "application/json; charset=utf-8" is of type "application/json": lower case, no blanks.
std::string media_type(std::string_view field);

// Of `Authorization: Basic`; nullopt: it is another scheme, or not well-formed.
struct Credentials {
  std::string user;
  std::string password;
};
std::optional<Credentials> basic_credentials(std::string_view authorization);

}  // namespace kvstore::wire::http
