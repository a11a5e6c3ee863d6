#include "src/wire/http/target.h"

#include <algorithm>
#include <cstddef>

#include "src/command/words.h"

namespace kvstore::wire::http {
namespace {

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) {
  constexpr std::string_view kMarks = "-._~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kMarks.find(c) != kMarks.npos;
}

bool parse_query(std::string_view text, Target* target) {
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (one.empty()) continue;
    const std::size_t equals = std::min(one.find('='), one.size());
    auto name = percent_decode(one.substr(0, equals), true);
    auto value = percent_decode(one.substr(std::min(equals + 1, one.size())), true);
    if (!name || !value) return false;
    target->query.emplace_back(std::move(*name), std::move(*value));
  }
  return true;
}

// Splits "http://host:1/path", and returns what comes after the host.
std::optional<std::string_view> take_authority(std::string_view text, Target* target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!command::starts_with_word(text, scheme)) continue;
    text.remove_prefix(scheme.size());
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    target->authority = text.substr(0, end);
    if (target->authority.empty()) return std::nullopt;
    return text.substr(end);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> Target::parameter(std::string_view name) const {
  for (const auto& [one, value] : query) {
    if (one == name) return value;
  }
  return std::nullopt;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank) {
  std::string bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      bytes.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      bytes.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return bytes;
}

std::string percent_encode(std::string_view bytes, std::string_view others) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  text.reserve(bytes.size());
  for (const char c : bytes) {
    if (is_unreserved(c) || others.find(c) != others.npos) {
      text.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text.push_back('%');
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::optional<Target> parse_target(std::string_view text) {
  Target target;
  if (text == "*") {
    target.path = "*";
    return target;
  }
  if (!text.starts_with('/')) {
    const auto rest = take_authority(text, &target);
    if (!rest) return std::nullopt;
    text = *rest;
  }
  const std::size_t question = std::min(text.find('?'), text.size());
  target.path = text.substr(0, question);
  if (target.path.empty()) target.path = "/";
  auto key = percent_decode(std::string_view(target.path).substr(1), false);
  if (!key) return std::nullopt;
  target.key = std::move(*key);
  if (question < text.size() && !parse_query(text.substr(question + 1), &target)) {
    return std::nullopt;
  }
  return target;
}

}  // namespace kvstore::wire::http
