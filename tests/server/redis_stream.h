// A random stream of commands that Redis and kvstore both know, also with words that are wrong.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace kvstore::test {

using Words = std::vector<std::string>;

class RedisStream {
 public:
  explicit RedisStream(std::uint32_t seed) : random_(seed) {}
  Words next();

 private:
  std::uint32_t below(std::uint32_t count) { return random_() % count; }
  bool one_in(std::uint32_t count) { return below(count) == 0; }
  template <std::size_t N>
  std::string any(const char* const (&words)[N]) {
    return words[below(N)];
  }
  std::string key() { return "k" + std::to_string(below(6)); }
  std::string integer();
  std::string fraction();
  std::string value();
  std::string expiry(bool in_seconds, bool from_now);
  // Some of the words, in any order, each with the words that follow it.
  void append_some(std::vector<Words> options, Words* words);

  Words set();
  Words string_command();
  Words part_command();
  Words bit_command();
  Words expiry_command();
  Words key_command();
  Words transaction_command();

  std::mt19937 random_;
};

}  // namespace kvstore::test
