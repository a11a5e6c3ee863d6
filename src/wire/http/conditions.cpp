#include "src/wire/http/conditions.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "src/base/base64.h"
#include "src/command/numbers.h"
#include "src/command/words.h"

namespace kvstore::wire::http {
namespace {

using command::same_word;

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Removes and returns the text before `mark`, and removes the mark.
std::string_view take_until(std::string_view* text, char mark) {
  const std::size_t end = std::min(text->find(mark), text->size());
  const std::string_view part = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  return part;
}

bool are_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

// Numbers that are too large become the largest.
std::uint64_t number_of(std::string_view digits) {
  return command::parse_unsigned(digits).value_or(UINT64_MAX);
}

// What a range of Accept says about a type: the more specific range wins.
struct Opinion {
  int closeness = 0;
  double quality = 0;
};

void look_at(std::string_view item, std::string_view type, Opinion* so_far) {
  std::string_view rest = item;
  const std::string_view range = trimmed(take_until(&rest, ';'));
  const std::string_view family = type.substr(0, type.find('/') + 1);
  const int closeness =
      same_word(range, type)                                                          ? 3
      : range.ends_with("/*") && same_word(range.substr(0, range.size() - 1), family) ? 2
      : range == "*/*"                                                                ? 1
                                                                                      : 0;
  if (closeness <= so_far->closeness) return;
  so_far->closeness = closeness;
  so_far->quality = 1;
  while (!rest.empty()) {
    const std::string_view parameter = trimmed(take_until(&rest, ';'));
    if (!command::starts_with_word(parameter, "q=")) continue;
    so_far->quality = command::parse_real(parameter.substr(2)).value_or(0);
  }
}

Opinion opinion_of(std::string_view accept, std::string_view type) {
  Opinion opinion;
  while (!accept.empty()) look_at(take_until(&accept, ','), type, &opinion);
  return opinion;
}

bool is_of_tag(char c) { return c != '"' && (c & 0x80 || (c > ' ' && c != 0x7f)); }

// Parses `"17"` or `W/"17"`. A proxy may have weakened the tag by compressing the content: the
// version is the same.
bool take_tag(std::string_view* text, std::string* tag, bool* is_weak) {
  *is_weak = text->starts_with("W/");
  if (*is_weak) text->remove_prefix(2);
  if (!text->starts_with('"')) return false;
  const auto end = std::find_if_not(text->begin() + 1, text->end(), is_of_tag);
  if (end == text->end() || *end != '"') return false;
  *tag = text->substr(0, static_cast<std::size_t>(end - text->begin()) + 1);
  text->remove_prefix(tag->size());
  return true;
}

// Parses a list as in RFC 9110, 5.6.1: empty items are ignored. False: it is malformed.
bool take_tags(std::string_view text, std::vector<std::string>* tags,
               std::vector<std::string>* weak_tags) {
  for (text = trimmed(text); !text.empty(); text = trimmed(text)) {
    if (text.front() != ',') {
      std::string tag;
      bool is_weak = false;
      if (!take_tag(&text, &tag, &is_weak)) return false;
      (is_weak ? weak_tags : tags)->push_back(std::move(tag));
      text = trimmed(text);
      if (!text.empty() && text.front() != ',') return false;
    }
    if (!text.empty()) text.remove_prefix(1);
  }
  return true;
}

}  // namespace

RangeAsked parse_range(std::string_view field) {
  RangeAsked asked;
  if (!command::starts_with_word(field, "bytes=")) return asked;
  const std::string_view range = trimmed(field.substr(6));
  if (range.find(',') != range.npos) return asked;
  const std::size_t dash = range.find('-');
  if (dash == range.npos) return asked;
  const std::string_view from = range.substr(0, dash), to = range.substr(dash + 1);
  const bool is_suffix = from.empty() && are_digits(to);
  const bool is_part = are_digits(from) && (to.empty() || are_digits(to));
  if (!is_suffix && !is_part) {
    asked.what = RangeAsked::What::kUnusable;
    return asked;
  }
  asked.what = RangeAsked::What::kPart;
  if (is_suffix) {
    asked.suffix = number_of(to);
    return asked;
  }
  asked.first = number_of(from);
  if (!to.empty()) asked.last = number_of(to);
  if (asked.last && *asked.last < *asked.first) asked.what = RangeAsked::What::kUnusable;
  return asked;
}

std::optional<ByteRange> resolve(const RangeAsked& asked, std::uint64_t size) {
  if (asked.suffix) {
    const std::uint64_t length = std::min(*asked.suffix, size);
    if (length == 0) return std::nullopt;
    return ByteRange{size - length, size};
  }
  if (*asked.first >= size) return std::nullopt;
  const std::uint64_t last = std::min(asked.last.value_or(UINT64_MAX), size - 1);
  return ByteRange{*asked.first, last + 1};
}

bool VersionList::names(std::string_view tag) const {
  return std::find(tags.begin(), tags.end(), tag) != tags.end();
}

// Several fields form one list (RFC 9110, 5.3).
std::optional<VersionList> version_list(const Head& head, std::string_view field) {
  std::string text;
  bool is_there = false;
  for (const Field& one : head.fields) {
    if (!same_word(one.name, field)) continue;
    if (is_there) text += ',';
    text += one.value;
    is_there = true;
  }
  if (!is_there) return std::nullopt;
  VersionList list;
  list.is_any = trimmed(text) == "*";
  // By If-Match's strong comparison weak tags match nothing (RFC 9110, 13.1.1).
  std::vector<std::string> weak;
  const bool is_strong = same_word(field, "If-Match");
  const bool is_list = list.is_any || take_tags(text, &list.tags, is_strong ? &weak : &list.tags);
  list.is_unusable = !list.is_any && (!is_list || (list.tags.empty() && weak.empty()));
  return list;
}

std::string etag_of(std::uint64_t version) { return fmt::format("\"{}\"", version); }

Preferred preferred(std::string_view accept, std::string_view first, std::string_view second) {
  const Opinion of_first = opinion_of(accept, first), of_second = opinion_of(accept, second);
  if (of_second.quality > of_first.quality) return Preferred::kSecond;
  const bool is_closer = of_second.closeness > of_first.closeness && of_second.quality > 0;
  return of_second.quality == of_first.quality && is_closer ? Preferred::kSecond
                                                            : Preferred::kFirst;
}

bool accepts(std::string_view accept, std::string_view type) {
  return accept.empty() || opinion_of(accept, type).quality > 0;
}

std::string media_type(std::string_view field) {
  return command::lower(trimmed(field.substr(0, field.find(';'))));
}

std::optional<Credentials> basic_credentials(std::string_view authorization) {
  constexpr std::string_view kScheme = "Basic ";
  if (!command::starts_with_word(authorization, kScheme)) return std::nullopt;
  const auto text = parse_base64(trimmed(authorization.substr(kScheme.size())));
  if (!text) return std::nullopt;
  const std::size_t colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{text->substr(0, colon), text->substr(colon + 1)};
}

}  // namespace kvstore::wire::http
