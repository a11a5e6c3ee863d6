#include "tests/server/redis_stream.h"

#include <algorithm>

namespace kvstore::test {

std::string RedisStream::integer() {
  static constexpr const char* kOdd[] = {"0",
                                         "1",
                                         "-1",
                                         "100",
                                         "9223372036854775807",
                                         "-4611686018427387904",
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
  static constexpr const char* kAll[] = {
      "1.5",    "0.1",    "-2",      "3",         "1e3",
      "inf",    "-inf",   "nan",     "abc",       "",
      " 1",     "1 ",     "0x10",    "5e-3",      "1e400",
      ".5",     "-0.25",  "1e22",    "0.001",     "100000000000000000000",
      "1e28",   "1e37",   "-1e-20",  "4.9e-18",   "1e308",
      "1e-320", "1e5000", "-1e5000", "1e-999999", "1e-4940"};
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

// Far away, so that no clock matters.
std::string RedisStream::expiry(bool in_seconds, bool from_now) {
  static constexpr const char* kOdd[] = {"abc", "", "0", "-1", "-9223372036854775808", "007"};
  if (one_in(10)) return any(kOdd);
  // The latest of all, which is later than a file can say.
  if (one_in(20)) return "9223372036854775807";
  const std::uint64_t seconds = 100'000 * (1 + below(30)) + (from_now ? 0 : 4'102'444'800);
  return std::to_string(in_seconds ? seconds : seconds * 1000);
}

void RedisStream::append_some(std::vector<Words> options, Words* words) {
  std::shuffle(options.begin(), options.end(), random_);
  for (const Words& option : options) {
    if (one_in(3)) words->insert(words->end(), option.begin(), option.end());
  }
  // Of those that are given again Redis takes the last, mostly.
  if (!one_in(8)) return;
  const Words& again = options[below(static_cast<std::uint32_t>(options.size()))];
  words->insert(words->end(), again.begin(), again.end());
}

Words RedisStream::set() {
  Words words{"SET", key(), value()};
  append_some({{"NX"},
               {"XX"},
               {"GET"},
               {"KEEPTTL"},
               {"EX", expiry(true, true)},
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
      append_some({{"PERSIST"},
                   {"EX", expiry(true, true)},
                   {"EX", expiry(true, true)},
                   {"PXAT", expiry(false, false)}},
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

Words RedisStream::bit_field_command() {
  static constexpr const char* kTypes[] = {"u8",  "i8",  "i16", "u5", "i3",  "u1",
                                           "u63", "i64", "u64", "i0", "i65", "x"};
  static constexpr const char* kOffsets[] = {"0",  "3",  "#1", "#2", "8",
                                             "62", "#0", "-1", "#x", "4294967296"};
  static constexpr const char* kNumbers[] = {
      "0", "1", "-1", "100", "255", "-129", "300", "9223372036854775807", "-9223372036854775808",
      "x"};
  static constexpr const char* kOverflows[] = {"WRAP", "SAT", "FAIL", "sat", "bad"};
  Words words{one_in(6) ? "BITFIELD_RO" : "BITFIELD", key()};
  const bool only_reads = words[0] == "BITFIELD_RO" && !one_in(4);
  for (std::uint32_t i = below(4); i > 0; --i) {
    if (one_in(3)) words.insert(words.end(), {"OVERFLOW", any(kOverflows)});
    if (only_reads || one_in(3)) {
      words.insert(words.end(), {"GET", any(kTypes), any(kOffsets)});
    } else {
      words.insert(words.end(),
                   {one_in(2) ? "SET" : "INCRBY", any(kTypes), any(kOffsets), any(kNumbers)});
    }
  }
  return words;
}

Words RedisStream::bit_operation_command() {
  static constexpr const char* kOperations[] = {"AND", "OR", "xor", "NOT", "BAD"};
  Words words{"BITOP", any(kOperations), any_key()};
  const std::uint32_t sources = words[1] == "NOT" && !one_in(5) ? 1 : 1 + below(3);
  for (std::uint32_t i = 0; i < sources; ++i) words.push_back(one_in(8) ? any_key() : key());
  return words;
}

Words RedisStream::bit_command() {
  static constexpr const char* kOffsets[] = {"0", "1", "7", "8", "100", "-1", "abc", "4294967296"};
  static constexpr const char* kBits[] = {"0", "1", "1", "2", "a"};
  static constexpr const char* kUnits[] = {"BIT", "BYTE", "bit", "x"};
  Words words;
  switch (below(6)) {
    case 4:
      return bit_field_command();
    case 5:
      return bit_operation_command();
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

// What asks of the server, and is the same of both; MULTI queues it.
Words RedisStream::server_command() {
  static const std::vector<Words> kAll{
      {"CONFIG", "GET", "maxmemory"},
      {"CONFIG", "GET"},
      {"CONFIG", "SET", "slowlog-max-len"},
      {"CONFIG", "SET", "slowlog-max-len", "x"},
      {"CONFIG", "SET", "slowlog-max-len", "1", "x"},
      {"CONFIG", "SET", "slowlog-max-len", "128"},
      {"CONFIG", "SET", "slowlog-max-len", "1", "SLOWLOG-max-len", "2"},
      {"CONFIG", "RESETSTAT"},
      {"CLIENT", "SETNAME", "me"},
      {"CLIENT", "SETNAME"},
      {"CLIENT", "GETNAME"},
      {"CLIENT", "GETNAME", "x"},
      {"CLIENT", "FOO"},
      {"CLIENT", "UNPAUSE"},
      {"CLIENT", "UNPAUSE", "x"},
      {"CLIENT", "PAUSE", "0", "WRITE", "x"},
      {"CLIENT", "UNBLOCK", "99999999"},
      {"CLIENT", "KILL", "ID", "99999999"},
      {"CLIENT", "KILL"},
      {"CLIENT", "HELP", "x"},
      {"ACL", "WHOAMI"},
      {"ACL", "WHOAMI", "x"},
      {"ACL", "GETUSER", "nobody"},
      {"ACL", "DELUSER", "nobody"},
      {"ACL", "CAT", "nothing"},
      {"ACL", "CAT", "read", "write"},
      {"ACL", "LOG", "RESET"},
      {"ACL", "SETUSER", "u", "-get|foo"},
      {"ACL", "SETUSER", "u", "+client|list|x"},
      {"SLOWLOG", "RESET"},
      {"SLOWLOG", "GET", "x"},
      {"SLOWLOG", "GET", "-2"},
      {"LATENCY", "RESET"},
      {"LATENCY", "LATEST"},
      {"PUBSUB", "NUMPAT"},
      {"PUBSUB", "CHANNELS", "a", "b"},
      {"OBJECT", "ENCODING"},
      {"OBJECT", "FOO"},
      {"WAIT", "0", "0"},
      {"WAIT", "0", "-1"},
      {"WAIT", "0", "x"},
      {"WAIT", "x", "0"},
      {"COMMAND", "COUNT", "x"},
      {"COMMAND", "INFO", "ttl", "nothing", "object|freq", "client|list"},
      {"COMMAND", "INFO", "zunionstore", "rename", "mset", "bzpopmin", "zmpop", "watch"},
      {"COMMAND", "INFO", "del", "lcs", "copy", "publish", "hello", "client|kill"},
      {"COMMAND", "GETKEYS", "PING"},
      {"COMMAND", "GETKEYS", "PING", "x"},
      {"COMMAND", "GETKEYS", "NOSUCH", "x"},
      {"COMMAND", "GETKEYS", "GET", "a", "b"},
      {"COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"},
      {"COMMAND", "GETKEYS", "ZUNION", "0", "a"},
      {"COMMAND", "GETKEYS", "ZUNION", "x", "a"},
      {"COMMAND", "GETKEYS", "ZUNIONSTORE", "d", "5", "a"},
      {"COMMAND", "GETKEYS", "OBJECT", "ENCODING", "a"},
      {"COMMAND", "GETKEYS", "OBJECT", "ENCODING"},
      {"COMMAND", "GETKEYS", "OBJECT", "ENCODING", "a", "b"},
      {"COMMAND", "GETKEYS", "OBJECT", "HELP"},
      {"COMMAND", "GETKEYS", "OBJECT", "FOO", "a"},
      {"COMMAND", "GETKEYS", "MEMORY", "USAGE", "a", "SAMPLES", "1"},
      {"COMMAND", "GETKEYSANDFLAGS", "OBJECT", "FREQ", "a"},
      {"COMMAND", "INFO", "dbsize"},
      {"COMMAND", "INFO", "bitop", "bitfield_ro"},
      {"COMMAND", "GETKEYS", "BITOP", "AND", "d", "a", "b"},
      {"COMMAND", "GETKEYSANDFLAGS", "BITOP", "AND", "d", "a", "b"},
      {"COMMAND", "GETKEYSANDFLAGS", "BITFIELD", "a", "GET", "u8", "0"},
      {"COMMAND", "GETKEYSANDFLAGS", "BITFIELD", "a", "SET", "u8", "0", "1"},
      {"CONFIG", "SET", "nothing", "1", "slowlog-max-len", "128"},
      {"CONFIG", "SET", "save", "1 1", "SAVE", "2 1"},
      {"CLIENT", "KILL", "USER", "nobody"},
      {"MEMORY", "USAGE", "a", "SAMPLES", "-1"},
      {"MEMORY", "USAGE", "a", "SAMPLES", "x"},
      {"SCAN", "+"},
      {"SCAN", "-"},
      {"SCAN", "18446744073709551616"},
      {"COPY", "a", "b", "DB", "2147483647"},
      {"COPY", "a", "b", "DB", "2147483648"},
      {"COPY", "a", "b", "DB", "-2147483649"},
      {"COPY", "a", "b", "DB", "x"},
      {"COMMAND", "GETKEYSANDFLAGS", "SET", "a", "1", "GET"},
      {"COMMAND", "GETKEYSANDFLAGS", "SET", "a", "1"},
      {"COMMAND", "GETKEYSANDFLAGS", "ZUNIONSTORE", "d", "2", "a", "b"},
      {"COMMAND", "GETKEYSANDFLAGS", "RENAME", "a", "b"},
      {"COMMAND", "GETKEYSANDFLAGS", "EXISTS", "a", "b"},
  };
  return kAll[below(static_cast<std::uint32_t>(kAll.size()))];
}

void RedisStream::spoil(Words* words) {
  // Of ZRANDMEMBER without its count the two answer different members.
  if (one_in(3) && words->size() > 1 && (*words)[0] != "ZRANDMEMBER") {
    words->pop_back();
  } else {
    words->insert(words->end(), 1 + below(3), "x");
  }
}

Words RedisStream::next() {
  if (one_in(12)) return server_command();
  Words words = any_command();
  if (one_in(40) && words[0] != "EXEC" && !words[0].starts_with("FLUSH")) spoil(&words);
  return words;
}

Words RedisStream::any_command() {
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
