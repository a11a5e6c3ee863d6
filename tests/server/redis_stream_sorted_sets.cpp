// The stream's commands on sorted sets.
#include "tests/server/redis_stream.h"

namespace kvstore::test {

std::string RedisStream::sorted_set_key() {
  if (one_in(30)) return key();  // most of those are strings
  return "z" + std::to_string(below(5));
}

std::string RedisStream::score() {
  static constexpr const char* kOdd[] = {"0.1",
                                         "-0",
                                         "1e300",
                                         "-1e300",
                                         "inf",
                                         "-inf",
                                         "+inf",
                                         "nan",
                                         "abc",
                                         "",
                                         " 1",
                                         "1 ",
                                         "0x10",
                                         "1e400",
                                         "1e22",
                                         "1e16",
                                         "1e17",
                                         "-4.6e18",
                                         "4611686018427387904",
                                         "5e18",
                                         "3.0",
                                         "5e-324",
                                         "1e-400",
                                         "12345678901234567",
                                         "4503599627370497",
                                         "0.30000000000000004",
                                         "-Infinity",
                                         "+1",
                                         "1e"};
  if (one_in(4)) return any(kOdd);
  return std::to_string(static_cast<int>(below(8)) - 3);
}

std::string RedisStream::score_end() {
  static constexpr const char* kOdd[] = {"(",    "((1", "(inf", "-inf", "+inf", "inf",
                                         "(abc", "",    "(-0",  "(0x3", "[1",   "nan",
                                         "(nan", " 1",  "1 ",   "1e400"};
  if (one_in(4)) return any(kOdd);
  return (one_in(3) ? "(" : "") + std::to_string(static_cast<int>(below(8)) - 3);
}

std::string RedisStream::name_end() {
  static constexpr const char* kOdd[] = {"-", "+", "-",  "+",  "[",  "(",
                                         "a", "",  "+a", "-b", "10", "[\xff"};
  if (one_in(2)) return any(kOdd);
  return (one_in(2) ? "(" : "[") + member();
}

std::string RedisStream::member() {
  static constexpr const char* kAll[] = {"a",   "b",  "c",   "d",    "e",          "f",
                                         "g",   "",   "aa",  "ab",   "A",          "10",
                                         "007", "-5", "foo", "\xff", "with blank", "a\r\nb"};
  if (!one_in(8)) return any(kAll);
  std::string bytes(below(6), '\0');
  for (char& byte : bytes) byte = static_cast<char>(below(256));
  return bytes;
}

// Of those that are right, none is long: where there is nothing to pop both wait.
std::string RedisStream::timeout() {
  static constexpr const char* kAll[] = {"0.001", "0.001", "0.001", "1e-3",  "0.0001",
                                         "abc",   "-1",    "",      "nan",   "inf",
                                         "-inf",  "1e30",  "1e16",  "0.001x"};
  return any(kAll);
}

void RedisStream::append_range_options(Words* words) {
  append_some({{"LIMIT", integer(), integer()}, {"WITHSCORES"}}, words);
  if (one_in(8)) append_some({{"REV"}, {"BYSCORE"}, {"BYLEX"}, {"LIMIT", "1"}, {"BAD"}}, words);
}

void RedisStream::append_counted_keys(Words* words) {
  const std::uint32_t count = 1 + below(3);
  words->push_back(one_in(15) ? integer() : std::to_string(count));
  for (std::uint32_t i = 0; i < count; ++i) words->push_back(sorted_set_key());
}

Words RedisStream::change_of_sorted_set() {
  switch (below(10)) {
    case 0:
      return {"ZINCRBY", sorted_set_key(), score(), member()};
    case 1:
      return {"ZREM", sorted_set_key(), member(), member()};
    case 2:
      return {"ZADD", name_set_key(), "0", member(), "0", member()};
    case 3:
      return {one_in(2) ? "ZREM" : "DEL", name_set_key(), member()};
    case 4:
      return {"ZADD", sorted_set_key(), score()};
    default: {
      Words words{"ZADD", sorted_set_key()};
      if (one_in(2)) append_some({{"NX"}, {"XX"}, {"GT"}, {"LT"}, {"CH"}, {"INCR"}}, &words);
      for (std::uint32_t i = 0, count = 1 + below(4); i < count; ++i) {
        words.push_back(score());
        words.push_back(member());
      }
      return words;
    }
  }
}

Words RedisStream::look_at_sorted_set() {
  switch (below(9)) {
    case 0:
      return {"ZSCORE", sorted_set_key(), member()};
    case 1:
      return {"ZMSCORE", sorted_set_key(), member(), member(), member()};
    case 2:
      return {"ZCARD", sorted_set_key()};
    case 3:
      return {"ZCOUNT", sorted_set_key(), score_end(), score_end()};
    case 4:
      return {"ZLEXCOUNT", name_set_key(), name_end(), name_end()};
    case 5:
      return {one_in(2) ? "ZRANK" : "ZREVRANK", sorted_set_key(), member()};
    case 6: {
      // All of it, or none: what is picked from it is nobody's to say.
      Words words{"ZRANDMEMBER", sorted_set_key(), one_in(3) ? "0" : "1000"};
      append_some({{"WITHSCORES"}}, &words);
      if (one_in(10)) words.push_back("BAD");
      return words;
    }
    case 7:
      return {"ZRANDMEMBER", "none", integer()};
    default: {
      Words words{"ZSCAN", sorted_set_key(), one_in(4) ? integer() : "0"};
      append_some({{"MATCH", "*a*"}, {"COUNT", integer()}}, &words);
      if (one_in(10)) words.push_back("BAD");
      return words;
    }
  }
}

Words RedisStream::range_of_sorted_set() {
  Words words;
  switch (below(9)) {
    case 0:
    case 1:
      words = {one_in(2) ? "ZRANGE" : "ZREVRANGE", sorted_set_key(), integer(), integer()};
      append_some({{"WITHSCORES"}}, &words);
      if (one_in(6)) append_range_options(&words);
      return words;
    case 2:
      words = {"ZRANGE", sorted_set_key(), score_end(), score_end(), "BYSCORE"};
      append_some({{"REV"}}, &words);
      break;
    case 3:
      words = {"ZRANGE", name_set_key(), name_end(), name_end(), "BYLEX"};
      append_some({{"REV"}}, &words);
      break;
    case 4:
    case 5:
      words = {one_in(2) ? "ZRANGEBYSCORE" : "ZREVRANGEBYSCORE", sorted_set_key(), score_end(),
               score_end()};
      break;
    case 6:
      words = {one_in(2) ? "ZRANGEBYLEX" : "ZREVRANGEBYLEX", name_set_key(), name_end(),
               name_end()};
      append_some({{"LIMIT", integer(), integer()}}, &words);
      return words;
    case 7:
      words = {"ZRANGESTORE", sorted_set_key(), sorted_set_key(),
               score_end(),   score_end(),      "BYSCORE"};
      append_some({{"REV"}}, &words);
      break;
    default:
      words = {"ZRANGESTORE", sorted_set_key(), sorted_set_key(), integer(), integer()};
      append_some({{"REV"}}, &words);
      if (!one_in(6)) return words;
  }
  append_range_options(&words);
  return words;
}

Words RedisStream::part_of_sorted_set() {
  switch (below(4)) {
    case 0:
      return {"ZREMRANGEBYRANK", sorted_set_key(), integer(), integer()};
    case 1:
      return {"ZREMRANGEBYSCORE", sorted_set_key(), score_end(), score_end()};
    default:
      return {"ZREMRANGEBYLEX", name_set_key(), name_end(), name_end()};
  }
}

Words RedisStream::pop_from_sorted_set() {
  const std::string end = one_in(2) ? "MIN" : one_in(10) ? "BAD" : "MAX";
  Words words;
  switch (below(8)) {
    case 0:
      return {"BZPOP" + end.substr(0, 3), sorted_set_key(), sorted_set_key(), timeout()};
    case 1:
      words = {"BZMPOP", timeout()};
      break;
    case 2:
    case 3:
      words = {"ZMPOP"};
      break;
    default:
      words = {one_in(2) ? "ZPOPMIN" : "ZPOPMAX", sorted_set_key()};
      if (one_in(2)) words.push_back(integer());
      if (one_in(30)) words.push_back("BAD");
      return words;
  }
  append_counted_keys(&words);
  words.push_back(end);
  append_some({{"COUNT", integer()}}, &words);
  if (one_in(20)) words.push_back("COUNT");
  return words;
}

Words RedisStream::combination_of_sorted_sets() {
  static constexpr const char* kStores[] = {"ZUNIONSTORE", "ZINTERSTORE", "ZDIFFSTORE"};
  static constexpr const char* kReads[] = {"ZUNION", "ZINTER", "ZDIFF", "ZINTERCARD"};
  const bool stores = one_in(3);
  Words words{stores ? any(kStores) : any(kReads)};
  if (stores) words.push_back(sorted_set_key());
  append_counted_keys(&words);
  static constexpr const char* kAggregates[] = {"SUM", "MIN", "MAX", "min", "BAD"};
  Words weights{"WEIGHTS"};
  for (std::uint32_t i = 0, count = 1 + below(3); i < count; ++i) weights.push_back(score());
  append_some({weights, {"AGGREGATE", any(kAggregates)}, {"WITHSCORES"}}, &words);
  if (words[0] == "ZINTERCARD") append_some({{"LIMIT", integer()}}, &words);
  if (one_in(20)) words.push_back("BAD");
  return words;
}

Words RedisStream::sorted_set_command() {
  switch (below(9)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return change_of_sorted_set();
    case 4:
    case 5:
      return one_in(2) ? look_at_sorted_set() : range_of_sorted_set();
    case 6:
      return one_in(3) ? part_of_sorted_set() : range_of_sorted_set();
    case 7:
      return one_in(4) ? pop_from_sorted_set() : look_at_sorted_set();
    default:
      return combination_of_sorted_sets();
  }
}

}  // namespace kvstore::test
