// Redis' glob patterns over bytes: * ? [abc] [^abc] [a-z] and \x for x itself.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::command {

// A pattern, taken apart once for all that it is held against. A pure value.
class Glob {
 public:
  // No key is longer. Several thousand stars, or a set of thousands, cost no more than one.
  static constexpr std::size_t kMaxPattern = std::size_t{64} << 10;
  // kTooBig for a pattern that is longer.
  static Status check(std::string_view pattern);

  // Throws std::bad_alloc: it takes some twenty bytes for one of the pattern.
  explicit Glob(std::string_view pattern);

  // Time is at most the product of the two sizes, and that only where a text nearly matches at
  // most of its bytes; memory is constant.
  bool matches(std::string_view text) const;
  bool matches_all() const { return least_ == 0 && tokens_.size() == 1; }

 private:
  struct Token {
    enum Kind : std::uint8_t { kByte, kAny, kSet, kStar } kind;
    char byte;
    std::uint32_t set;  // its number
  };
  using Set = std::bitset<256>;
  void add_set(std::string_view pattern, std::size_t* at);
  bool matches_one(const Token& token, char c) const;

  std::vector<Token> tokens_;  // no two stars in a row
  std::vector<Set> sets_;
  std::size_t least_ = 0;  // bytes of what matches
};

// Once.
bool glob_match(std::string_view pattern, std::string_view text);

// What every match begins with: the pattern up to its first special character.
std::string glob_prefix(std::string_view pattern);

}  // namespace kvstore::command
