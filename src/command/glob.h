// Redis' glob patterns over bytes: * ? [abc] [^abc] [a-z] and \x for a literal x.
#pragma once

#include <bitset>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"

namespace kvstore::command {

// A parsed pattern, for many matches. A pure value.
class Glob {
 public:
  // Redis' keys are not longer. A pattern of several thousand stars, or a set of thousands of
  // characters, is no more expensive than one.
  static constexpr std::size_t kMaxPattern = std::size_t{64} << 10;
  // kTooBig for a longer pattern.
  static Status check(std::string_view pattern);

  // Throws std::bad_alloc: it takes about twenty bytes for each byte of the pattern.
  explicit Glob(std::string_view pattern);

  // Takes constant memory, and at most the product of the two sizes in time, and that only for a
  // text that nearly matches at most positions.
  bool matches(std::string_view text) const;
  bool matches_all() const { return least_ == 0 && tokens_.size() == 1; }

 private:
  struct Token {
    enum Kind : std::uint8_t { kByte, kAny, kSet, kStar } kind;
    char byte;
    std::uint32_t set;  // index of its set
  };
  using Set = std::bitset<256>;
  void add_set(std::string_view pattern, std::size_t* at);
  bool matches_one(const Token& token, char c) const;

  std::vector<Token> tokens_;  // without two adjacent stars
  std::vector<Set> sets_;
  std::size_t least_ = 0;  // least number of bytes of a match
};

// Matches once.
bool glob_match(std::string_view pattern, std::string_view text);

// The prefix of every match: the pattern up to its first special character.
std::string glob_prefix(std::string_view pattern);

}  // namespace kvstore::command
