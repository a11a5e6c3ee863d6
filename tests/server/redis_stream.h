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
  Words any_command();
  // A word too many or too few, now and then.
  void spoil(Words* words);
  std::uint32_t below(std::uint32_t count) { return random_() % count; }
  bool one_in(std::uint32_t count) { return below(count) == 0; }
  template <std::size_t N>
  std::string any(const char* const (&words)[N]) {
    return words[below(N)];
  }
  std::string key() { return "k" + std::to_string(below(6)); }
  std::string any_key() { return one_in(3) ? sorted_set_key() : key(); }
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
  Words bit_field_command();
  Words bit_operation_command();
  Words expiry_command();
  Words key_command();
  Words transaction_command();
  Words server_command();

  // redis_stream_sorted_sets.cpp
  std::string sorted_set_key();
  // Of sets all of whose members have the score 0: of others Redis leaves open what a range of
  // names is.
  std::string name_set_key() { return "l" + std::to_string(below(2)); }
  std::string score();
  std::string score_end();
  std::string name_end();
  std::string member();
  std::string timeout();
  void append_range_options(Words* words);
  void append_counted_keys(Words* words);
  Words sorted_set_command();
  Words change_of_sorted_set();
  Words look_at_sorted_set();
  Words range_of_sorted_set();
  Words pop_from_sorted_set();
  Words combination_of_sorted_sets();
  Words part_of_sorted_set();

  std::mt19937 random_;
};

}  // namespace kvstore::test
