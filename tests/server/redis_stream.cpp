#include "tests/server/redis_stream.h"

#include <algorithm>

namespace kvstore::test {

std::string RedisStream::integer() {
  static constexpr const char* kOdd[] = {"0",
                                         "1",
                                         "-1",
                                         "100",
                                         "9223372036854775807",
                                         "-9223372036854775808",
                                         "abc",
                                         "",
                                         "01",
                                         "1.5",
                                         " 1",
                                         "+1",
                                         "99999999999999999999",
                                         "-0"};
  if (one_in(4)) return any(kOdd);
  return std::to_string(static_cast<int>(below(32)) - 12);
}

std::string RedisStream::fraction() {
  static constexpr const char* kAll[] = {"1.5", "0.1",   "-2",   "3",     "1e3",
                                         "inf", "-inf",  "nan",  "abc",   "",
                                         " 1",  "1 ",    "0x10", "5e-3",  "1e400",
                                         ".5",  "-0.25", "1e22", "0.001", "100000000000000000000"};
  return any(kAll);
}

std::string RedisStream::value() {
  static constexpr const char* kAll[] = {"",
                                         "a",
                                         "hello",
                                         "10",
                                         "-5",
                                         "3.0",
                                         "9223372036854775806",
                                         "foobar",
                                         "\xff\xff\xff",
                                         "007",
                                         " 12",
                                         "ohmytext",
                                         "mynewtext"};
  if (!one_in(4)) return any(kAll);
  std::string bytes(below(20), '\0');
  for (char& byte : bytes) byte = static_cast<char>(below(256));
  return bytes;
}

// Far away, so that no clock matters; in milliseconds since 1970 not beyond what a file can say.
std::string RedisStream::expiry(bool in_seconds, bool from_now) {
  static constexpr const char* kOdd[] = {"abc", "", "0", "-1", "-9223372036854775808", "007"};
  if (one_in(10)) return any(kOdd);
  if (one_in(20) && in_seconds) return "9223372036854775807";
  const std::uint64_t seconds = 100'000 * (1 + below(30)) + (from_now ? 0 : 4'102'444'800);
  return std::to_string(in_seconds ? seconds : seconds * 1000);
}

void RedisStream::append_some(std::vector<Words> options, Words* words) {
  std::shuffle(options.begin(), options.end(), random_);
  for (const Words& option : options) {
    if (one_in(3)) words->insert(words->end(), option.begin(), option.end());
  }
}

Words RedisStream::set() {
  Words words{"SET", key(), value()};
  append_some({{"NX"},
               {"XX"},
               {"GET"},
               {"KEEPTTL"},
               {"EX", expiry(true, true)},
               {"PX", expiry(false, true)},
               {"EXAT", expiry(true, false)},
               {"PXAT", expiry(false, false)}},
              &words);
  if (one_in(20)) words.push_back("BAD");
  return words;
}

Words RedisStream::string_command() {
  switch (below(14)) {
    case 0:
      return {one_in(2) ? "INCR" : "DECR", key()};
    case 1:
      return {one_in(2) ? "INCRBY" : "DECRBY", key(), integer()};
    case 2:
      return {"INCRBYFLOAT", key(), fraction()};
    case 3:
      return {"MGET", key(), key(), key()};
    case 4:
      return {"MSET", key(), value(), key(), value()};
    case 5:
      return {"MSETNX", key(), value(), key(), value()};
    case 6:
      return {one_in(2) ? "GETSET" : "SETNX", key(), value()};
    case 7:
      return {"SETEX", key(), expiry(true, true), value()};
    case 8:
      return {"PSETEX", key(), expiry(false, true), value()};
    case 9:
      return {"GETDEL", key()};
    case 10: {
      Words words{"GETEX", key()};
      append_some({{"PERSIST"}, {"EX", expiry(true, true)}, {"PXAT", expiry(false, false)}},
                  &words);
      return words;
    }
    case 11:
      return {"APPEND", key(), value()};
    case 12:
      return {"MSET", key(), value(), key()};
    default:
      return {"GET", any_key()};
  }
}

Words RedisStream::part_command() {
  static constexpr const char* kOffsets[] = {"0", "1", "5", "30", "-1", "abc", "600000000"};
  switch (below(4)) {
    case 0:
      return {one_in(2) ? "GETRANGE" : "SUBSTR", key(), integer(), integer()};
    case 1:
      return {"SETRANGE", key(), any(kOffsets), value()};
    case 2:
      return {"STRLEN", key()};
    default: {
      Words words{"LCS", key(), key()};
      append_some({{"LEN"}, {"IDX"}, {"WITHMATCHLEN"}, {"MINMATCHLEN", integer()}}, &words);
      return words;
    }
  }
}

Words RedisStream::bit_command() {
  static constexpr const char* kOffsets[] = {"0", "1", "7", "8", "100", "-1", "abc", "4294967296"};
  static constexpr const char* kBits[] = {"0", "1", "1", "2", "a"};
  static constexpr const char* kUnits[] = {"BIT", "BYTE", "bit", "x"};
  Words words;
  switch (below(4)) {
    case 0:
      return {"SETBIT", key(), any(kOffsets), any(kBits)};
    case 1:
      return {"GETBIT", key(), any(kOffsets)};
    case 2:
      words = {"BITCOUNT", key()};
      break;
    default:
      words = {"BITPOS", key(), any(kBits)};
  }
  for (std::uint32_t i = below(4), at = 0; at < i; ++at) {
    words.push_back(at == 2 ? any(kUnits) : integer());
  }
  return words;
}

Words RedisStream::expiry_command() {
  const bool in_seconds = one_in(2), from_now = one_in(2);
  switch (below(4)) {
    case 0:
      return {"TTL", any_key()};
    case 1:
      return {one_in(2) ? "PERSIST" : "EXPIRETIME", any_key()};
    default: {
      Words words{std::string(in_seconds ? "" : "P") + "EXPIRE" + (from_now ? "" : "AT"), any_key(),
                  expiry(in_seconds, from_now)};
      append_some({{"NX"}, {"XX"}, {"GT"}, {"LT"}}, &words);
      if (one_in(20)) words.push_back("BAD");
      return words;
    }
  }
}

Words RedisStream::key_command() {
  switch (below(9)) {
    case 0:
      return {one_in(2) ? "DEL" : "UNLINK", any_key(), any_key()};
    case 1:
      return {one_in(2) ? "EXISTS" : "TOUCH", any_key(), any_key(), any_key()};
    case 2:
      return {"TYPE", any_key()};
    case 3:
      return {one_in(2) ? "RENAME" : "RENAMENX", any_key(), any_key()};
    case 4: {
      Words words{"COPY", any_key(), any_key()};
      append_some({{"REPLACE"}, {"DB", one_in(2) ? "0" : "1"}}, &words);
      return words;
    }
    case 5:
      if (one_in(30)) return {one_in(2) ? "FLUSHALL" : "FLUSHDB", one_in(4) ? "x" : "ASYNC"};
      return {one_in(30) ? "FLUSHALL" : "DBSIZE"};
    case 6:
      return {one_in(2) ? "PING" : "ECHO", value()};
    case 7:
      return {one_in(2) ? "NOSUCH" : "MGET"};
    default:
      return {"SELECT", integer()};
  }
}

Words RedisStream::transaction_command() {
  static constexpr const char* kWords[] = {"MULTI", "MULTI", "EXEC", "EXEC", "DISCARD", "UNWATCH"};
  if (one_in(20)) return {"EXEC", "x"};
  if (one_in(5)) return {"WATCH", any_key(), any_key()};
  return {any(kWords)};
}

Words RedisStream::next() {
  if (one_in(2)) return sorted_set_command();
  switch (below(12)) {
    case 0:
    case 1:
      return set();
    case 2:
    case 3:
    case 4:
      return string_command();
    case 5:
      return part_command();
    case 6:
      return bit_command();
    case 7:
    case 8:
      return expiry_command();
    case 9:
      return transaction_command();
    default:
      return key_command();
  }
}

}  // namespace kvstore::test
