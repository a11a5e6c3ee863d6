#include "src/command/acl/key_patterns.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

namespace kvstore::command::acl {
namespace {

constexpr std::size_t kMaxPatterns = 1000;  // of a user

// `what` is "keys" or "channels".
tl::unexpected<Error> after_all(std::string_view what, std::string_view list) {
  return fail(
      Code::kState,
      fmt::format("Adding a pattern after the * pattern (or the 'all{0}' flag) is not valid "
                  "and does not have any effect. Try 'reset{0}' to start with an empty list "
                  "of {1}",
                  what, list),
      fmt::format("reset{}", what));
}

tl::unexpected<Error> too_many() {
  return fail(Code::kTooBig, "a user has at most 1000 patterns",
              "one pattern for several keys: a*");
}

// Parses "RW", "r": the access; 0 if the letters are invalid.
std::uint8_t parse_access(std::string_view letters) {
  std::uint8_t access = 0;
  for (const char letter : letters) {
    if (letter != 'R' && letter != 'r' && letter != 'W' && letter != 'w') return 0;
    const Access one = letter == 'R' || letter == 'r' ? kReads : kWrites;
    if ((access & one) != 0) return 0;
    access |= one;
  }
  return access;
}

// Rules are stored in one line, separated by blanks.
bool has_blank(std::string_view rule) {
  return rule.find_first_of(std::string_view(" \t\r\n\v\f\0", 7)) != rule.npos;
}

// "~*" is a rule of its own, after which no pattern is allowed, so the pattern * is written %RW~*.
std::string shown_access(std::uint8_t access, std::string_view pattern) {
  if (access == kReadsAndWrites) return pattern == "*" ? "%RW~" : "~";
  return access == kReads ? "%R~" : "%W~";
}

}  // namespace

Status KeyPatterns::apply(std::string_view rule) {
  const std::size_t tilde = rule.find('~');
  if (tilde == rule.npos) return fail(Code::kSyntax, "Syntax error");
  const std::string_view letters = rule.front() == '~' ? "RW" : rule.substr(1, tilde - 1);
  const std::uint8_t access = parse_access(letters);
  if (access == 0 || has_blank(rule)) return fail(Code::kSyntax, "Syntax error");
  if (rule == "~*") {
    allow_all();
    return {};
  }
  if (all_) return after_all("keys", "patterns");
  const std::string_view pattern = rule.substr(tilde + 1);
  KV_TRY(Glob::check(pattern));
  // A known pattern gets the access added: %R~a and %W~a together are ~a.
  const auto known = std::find_if(patterns_.begin(), patterns_.end(), [&](const Pattern& old) {
    return std::string_view(old.text).substr(old.text.find('~') + 1) == pattern;
  });
  const bool is_known = known != patterns_.end();
  const auto wider = static_cast<Access>(access | (is_known ? known->access : 0));
  std::string text = shown_access(wider, pattern).append(pattern);
  if (is_known) {
    known->access = wider;
    known->text = std::move(text);
    return {};
  }
  if (patterns_.size() >= kMaxPatterns) return too_many();
  std::string prefix = glob_prefix(pattern);
  const bool is_prefix_only = pattern == prefix + '*';
  patterns_.push_back({std::move(text), wider, Glob(pattern), std::move(prefix), is_prefix_only});
  return {};
}

void KeyPatterns::allow_all() {
  patterns_.clear();
  all_ = true;
}

void KeyPatterns::allow_none() {
  patterns_.clear();
  all_ = false;
}

bool KeyPatterns::has_all(Access wanted, bool (*matches)(const Pattern&, std::string_view),
                          std::string_view bytes) const {
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& one) {
    return (one.access & wanted) == wanted && matches(one, bytes);
  });
}

bool KeyPatterns::allows(std::string_view key, Access access) const {
  const auto matches = [](const Pattern& one, std::string_view bytes) {
    return one.glob.matches(bytes);
  };
  return all_ || has_all(access, matches, key);
}

bool KeyPatterns::allows_all_with(std::string_view prefix, Access access) const {
  const auto covers = [](const Pattern& one, std::string_view bytes) {
    return one.is_prefix_only && bytes.starts_with(one.prefix);
  };
  return all_ || has_all(access, covers, prefix);
}

std::string KeyPatterns::describe() const {
  if (all_) return "~*";
  std::string text;
  for (const Pattern& pattern : patterns_) {
    if (!text.empty()) text += ' ';
    text += pattern.text;
  }
  return text;
}

Status ChannelPatterns::apply(std::string_view rule) {
  if (has_blank(rule)) return fail(Code::kSyntax, "Syntax error");
  if (rule == "&*") {
    allow_all();
    return {};
  }
  if (all_) return after_all("channels", "channels");
  KV_TRY(Glob::check(rule));
  if (patterns_.size() >= kMaxPatterns) return too_many();
  if (std::find(patterns_.begin(), patterns_.end(), rule) == patterns_.end()) {
    patterns_.emplace_back(rule);
  }
  return {};
}

bool ChannelPatterns::allows(std::string_view channel) const {
  return all_ || std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& pattern) {
           return glob_match(std::string_view(pattern).substr(1), channel);
         });
}

bool ChannelPatterns::allows_pattern(std::string_view pattern) const {
  return all_ || std::any_of(patterns_.begin(), patterns_.end(), [&](const std::string& rule) {
           return std::string_view(rule).substr(1) == pattern;
         });
}

std::string ChannelPatterns::patterns() const {
  if (all_) return "&*";
  std::string text;
  for (const std::string& pattern : patterns_) {
    if (!text.empty()) text += ' ';
    text += pattern;
  }
  return text;
}

std::string ChannelPatterns::describe() const {
  if (all_) return "&*";
  return patterns_.empty() ? "resetchannels" : "resetchannels " + patterns();
}

}  // namespace kvstore::command::acl
