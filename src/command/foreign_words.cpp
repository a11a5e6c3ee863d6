#include "src/command/foreign_words.h"

#include <algorithm>
#include <array>

#include "src/command/words.h"

namespace kvstore::command {
namespace {

struct ForeignWord {
  std::string_view word, hint;
};

// First the program's subcommands, which are not commands of a session.
constexpr std::array kForeignWords{
    ForeignWord{"CONVERT", "kvstore convert FILE, on the command line"},
    ForeignWord{"EXPORT", "kvstore export FILE, on the command line; .dump in the shell"},
    ForeignWord{"IMPORT", "kvstore import FILE, on the command line; .import in the shell"},
    ForeignWord{"MAP", "kvstore map FILE, on the command line"},
    ForeignWord{"PUT", "SET key value"},
    ForeignWord{"REPLAY", "kvstore replay FILE --to TARGET, on the command line"},
    ForeignWord{"RESTORE", "kvstore restore BACKUP FILE, on the command line"},
    ForeignWord{"VERIFY", "SCRUB, or kvstore verify FILE on the command line"},
    ForeignWord{"DROP", "DELETE key, or FLUSHALL for all keys"},
    ForeignWord{"FIND", "KEYS pattern"},
    ForeignWord{"INSERT", "SET key value"},
    ForeignWord{"LS", "KEYS"},
    ForeignWord{"MATCH", "KEYS pattern"},
    ForeignWord{"REMOVE", "DELETE key"},
    ForeignWord{"RM", "DELETE key"},
    ForeignWord{"SHOW", "KEYS, or STATS"},
    ForeignWord{"TRUNCATE", "SET key \"\", or FLUSHALL for all keys"},
    ForeignWord{"UPDATE", "SET key value"},
    ForeignWord{"VACUUM", "COMPACT"},
};

// The most common commands of Redis' other types.
constexpr std::array<std::string_view, 22> kOtherTypes{
    "HDEL", "HEXISTS",   "HGET",  "HGETALL",   "HINCRBY",  "HKEYS", "HLEN", "HMGET",
    "HMSET", "HSCAN",    "HSET",  "HVALS",     "LLEN",     "LPOP",  "LPUSH", "LRANGE",
    "RPOP", "RPUSH",     "SADD",  "SISMEMBER", "SMEMBERS", "SREM"};
constexpr std::string_view kTypesThereAre =
    "HELP: values are strings and sorted sets (ZADD); there are no hashes, lists and sets";

}  // namespace

std::string_view hint_for_foreign_word(std::string_view word) {
  const auto* const known =
      std::find_if(kForeignWords.begin(), kForeignWords.end(),
                   [word](const ForeignWord& one) { return same_word(one.word, word); });
  if (known != kForeignWords.end()) return known->hint;
  const bool is_of_other_type =
      std::any_of(kOtherTypes.begin(), kOtherTypes.end(),
                  [word](std::string_view one) { return same_word(one, word); });
  return is_of_other_type ? kTypesThereAre : std::string_view();
}

}  // namespace kvstore::command
