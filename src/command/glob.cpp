#include "src/command/glob.h"

#include <algorithm>
#include <cstddef>

#include <fmt/core.h>

namespace kvstore::command {
namespace {

constexpr auto npos = std::string_view::npos;

unsigned char byte(char c) { return static_cast<unsigned char>(c); }

}  // namespace

Status Glob::check(std::string_view pattern) {
  if (pattern.size() <= kMaxPattern) return {};
  return fail(Code::kTooBig, fmt::format("a pattern has up to {} bytes, and this one has {}",
                                         kMaxPattern, pattern.size()));
}

Glob::Glob(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size();) {
    const char c = pattern[at++];
    if (c == '*') {
      if (tokens_.empty() || tokens_.back().kind != Token::kStar) {
        tokens_.push_back({Token::kStar, 0, 0});
      }
      continue;
    }
    ++least_;
    if (c == '?') {
      tokens_.push_back({Token::kAny, 0, 0});
    } else if (c == '[') {
      add_set(pattern, &at);
    } else {
      const bool escapes = c == '\\' && at < pattern.size();
      tokens_.push_back({Token::kByte, escapes ? pattern[at++] : c, 0});
    }
  }
}

// *at is after the '[', and is moved after the ']'. As in Redis, a set without ']' extends to the
// end of the pattern.
void Glob::add_set(std::string_view pattern, std::size_t* at) {
  Set set;
  const bool negated = *at < pattern.size() && pattern[*at] == '^';
  if (negated) ++*at;
  while (*at < pattern.size() && pattern[*at] != ']') {
    if (pattern[*at] == '\\' && *at + 1 < pattern.size()) {
      set.set(byte(pattern[*at + 1]));
      *at += 2;
    } else if (*at + 2 < pattern.size() && pattern[*at + 1] == '-') {
      const auto [from, to] = std::minmax({byte(pattern[*at]), byte(pattern[*at + 2])});
      for (unsigned c = from; c <= to; ++c) set.set(c);
      *at += 3;
    } else {
      set.set(byte(pattern[*at]));
      ++*at;
    }
  }
  if (*at < pattern.size()) ++*at;
  tokens_.push_back({Token::kSet, 0, static_cast<std::uint32_t>(sets_.size())});
  sets_.push_back(negated ? ~set : set);
}

bool Glob::matches_one(const Token& token, char c) const {
  if (token.kind == Token::kByte) return token.byte == c;
  return token.kind == Token::kAny || sets_[token.set][byte(c)];
}

// Only the last '*' ever needs another try, one character further: whatever an earlier one could
// match instead, the last one can match too.
bool Glob::matches(std::string_view text) const {
  if (text.size() < least_) return false;
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = npos;  // after the last '*' seen
  std::size_t star_text = 0;
  while (t < text.size()) {
    if (p < tokens_.size() && tokens_[p].kind == Token::kStar) {
      star = ++p;
      if (p == tokens_.size()) return true;
      star_text = t;
    } else if (p < tokens_.size() && matches_one(tokens_[p], text[t])) {
      ++p;
      ++t;
    } else if (star != npos) {
      p = star;
      t = ++star_text;
    } else {
      return false;
    }
  }
  if (p < tokens_.size() && tokens_[p].kind == Token::kStar) ++p;
  return p == tokens_.size();
}

bool glob_match(std::string_view pattern, std::string_view text) {
  return Glob(pattern).matches(text);
}

std::string glob_prefix(std::string_view pattern) {
  std::string prefix;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '*' || c == '?' || c == '[') break;
    if (c == '\\' && i + 1 < pattern.size()) ++i;
    prefix += pattern[i];
  }
  return prefix;
}

}  // namespace kvstore::command
