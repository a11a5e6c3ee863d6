#include "src/command/origin.h"

#include <algorithm>
#include <iterator>

#include <fmt/core.h>

namespace kvstore::command {
namespace {

struct Known {
  std::string_view name;  // for a subcommand with its command: "CLIENT|ID"
  std::string_view version;
};

// Includes commands that the table lacks, so that a row added later has its version.
constexpr Known kRedis[] = {
    {"ACL", "6.0.0"},
    {"ACL|CAT", "6.0.0"},
    {"ACL|DELUSER", "6.0.0"},
    {"ACL|DRYRUN", "7.0.0"},
    {"ACL|GENPASS", "6.0.0"},
    {"ACL|GETUSER", "6.0.0"},
    {"ACL|HELP", "6.0.0"},
    {"ACL|LIST", "6.0.0"},
    {"ACL|LOAD", "6.0.0"},
    {"ACL|LOG", "6.0.0"},
    {"ACL|SAVE", "6.0.0"},
    {"ACL|SETUSER", "6.0.0"},
    {"ACL|USERS", "6.0.0"},
    {"ACL|WHOAMI", "6.0.0"},
    {"APPEND", "2.0.0"},
    {"AUTH", "1.0.0"},
    {"BGREWRITEAOF", "1.0.0"},
    {"BGSAVE", "1.0.0"},
    {"BITCOUNT", "2.6.0"},
    {"BITFIELD", "3.2.0"},
    {"BITFIELD_RO", "6.0.0"},
    {"BITOP", "2.6.0"},
    {"BITPOS", "2.8.7"},
    {"BZMPOP", "7.0.0"},
    {"BZPOPMAX", "5.0.0"},
    {"BZPOPMIN", "5.0.0"},
    {"CLIENT", "2.4.0"},
    {"CLIENT|GETNAME", "2.6.9"},
    {"CLIENT|GETREDIR", "6.0.0"},
    {"CLIENT|HELP", "5.0.0"},
    {"CLIENT|ID", "5.0.0"},
    {"CLIENT|INFO", "6.2.0"},
    {"CLIENT|KILL", "2.4.0"},
    {"CLIENT|LIST", "2.4.0"},
    {"CLIENT|NO-EVICT", "7.0.0"},
    {"CLIENT|NO-TOUCH", "7.2.0"},
    {"CLIENT|PAUSE", "3.0.0"},
    {"CLIENT|REPLY", "3.2.0"},
    {"CLIENT|SETINFO", "7.2.0"},
    {"CLIENT|SETNAME", "2.6.9"},
    {"CLIENT|TRACKING", "6.0.0"},
    {"CLIENT|UNBLOCK", "5.0.0"},
    {"CLIENT|UNPAUSE", "6.2.0"},
    {"COMMAND", "2.8.13"},
    {"COMMAND|COUNT", "2.8.13"},
    {"COMMAND|DOCS", "7.0.0"},
    {"COMMAND|GETKEYS", "2.8.13"},
    {"COMMAND|GETKEYSANDFLAGS", "7.0.0"},
    {"COMMAND|HELP", "5.0.0"},
    {"COMMAND|INFO", "2.8.13"},
    {"COMMAND|LIST", "7.0.0"},
    {"CONFIG", "2.0.0"},
    {"CONFIG|GET", "2.0.0"},
    {"CONFIG|HELP", "5.0.0"},
    {"CONFIG|RESETSTAT", "2.0.0"},
    {"CONFIG|REWRITE", "2.8.0"},
    {"CONFIG|SET", "2.0.0"},
    {"COPY", "6.2.0"},
    {"DBSIZE", "1.0.0"},
    {"DEBUG", "1.0.0"},
    {"DEBUG|HELP", "4.0.0"},
    {"DEBUG|SLEEP", "2.6.0"},
    {"DECR", "1.0.0"},
    {"DECRBY", "1.0.0"},
    {"DEL", "1.0.0"},
    {"DISCARD", "2.0.0"},
    {"ECHO", "1.0.0"},
    {"EXEC", "1.2.0"},
    {"EXISTS", "1.0.0"},
    {"EXPIRE", "1.0.0"},
    {"EXPIREAT", "1.2.0"},
    {"EXPIRETIME", "7.0.0"},
    {"FLUSHALL", "1.0.0"},
    {"FLUSHDB", "1.0.0"},
    {"GET", "1.0.0"},
    {"GETBIT", "2.2.0"},
    {"GETDEL", "6.2.0"},
    {"GETEX", "6.2.0"},
    {"GETRANGE", "2.4.0"},
    {"GETSET", "1.0.0"},
    {"HELLO", "6.0.0"},
    {"INCR", "1.0.0"},
    {"INCRBY", "1.0.0"},
    {"INCRBYFLOAT", "2.6.0"},
    {"INFO", "1.0.0"},
    {"KEYS", "1.0.0"},
    {"LASTSAVE", "1.0.0"},
    {"LATENCY", "2.8.13"},
    {"LATENCY|DOCTOR", "2.8.13"},
    {"LATENCY|GRAPH", "2.8.13"},
    {"LATENCY|HELP", "2.8.13"},
    {"LATENCY|HISTOGRAM", "7.0.0"},
    {"LATENCY|HISTORY", "2.8.13"},
    {"LATENCY|LATEST", "2.8.13"},
    {"LATENCY|RESET", "2.8.13"},
    {"LCS", "7.0.0"},
    {"MEMORY", "4.0.0"},
    {"MEMORY|DOCTOR", "4.0.0"},
    {"MEMORY|HELP", "4.0.0"},
    {"MEMORY|PURGE", "4.0.0"},
    {"MEMORY|STATS", "4.0.0"},
    {"MEMORY|USAGE", "4.0.0"},
    {"MGET", "1.0.0"},
    {"MONITOR", "1.0.0"},
    {"MSET", "1.0.1"},
    {"MSETNX", "1.0.1"},
    {"MULTI", "1.2.0"},
    {"OBJECT", "2.2.3"},
    {"OBJECT|ENCODING", "2.2.3"},
    {"OBJECT|FREQ", "4.0.0"},
    {"OBJECT|HELP", "6.2.0"},
    {"OBJECT|IDLETIME", "2.2.3"},
    {"OBJECT|REFCOUNT", "2.2.3"},
    {"PERSIST", "2.2.0"},
    {"PEXPIRE", "2.6.0"},
    {"PEXPIREAT", "2.6.0"},
    {"PEXPIRETIME", "7.0.0"},
    {"PING", "1.0.0"},
    {"PSETEX", "2.6.0"},
    {"PSUBSCRIBE", "2.0.0"},
    {"PTTL", "2.6.0"},
    {"PUBLISH", "2.0.0"},
    {"PUBSUB", "2.8.0"},
    {"PUBSUB|CHANNELS", "2.8.0"},
    {"PUBSUB|HELP", "6.2.0"},
    {"PUBSUB|NUMPAT", "2.8.0"},
    {"PUBSUB|NUMSUB", "2.8.0"},
    {"PUBSUB|SHARDCHANNELS", "7.0.0"},
    {"PUBSUB|SHARDNUMSUB", "7.0.0"},
    {"PUNSUBSCRIBE", "2.0.0"},
    {"QUIT", "1.0.0"},
    {"RANDOMKEY", "1.0.0"},
    {"RENAME", "1.0.0"},
    {"RENAMENX", "1.0.0"},
    {"RESET", "6.2.0"},
    {"ROLE", "2.8.12"},
    {"SAVE", "1.0.0"},
    {"SCAN", "2.8.0"},
    {"SELECT", "1.0.0"},
    {"SET", "1.0.0"},
    {"SETBIT", "2.2.0"},
    {"SETEX", "2.0.0"},
    {"SETNX", "1.0.0"},
    {"SETRANGE", "2.2.0"},
    {"SHUTDOWN", "1.0.0"},
    {"SLOWLOG", "2.2.12"},
    {"SLOWLOG|GET", "2.2.12"},
    {"SLOWLOG|HELP", "6.2.0"},
    {"SLOWLOG|LEN", "2.2.12"},
    {"SLOWLOG|RESET", "2.2.12"},
    {"SPUBLISH", "7.0.0"},
    {"SSUBSCRIBE", "7.0.0"},
    {"STRLEN", "2.2.0"},
    {"SUBSCRIBE", "2.0.0"},
    {"SUBSTR", "1.0.0"},
    {"SUNSUBSCRIBE", "7.0.0"},
    {"TIME", "2.6.0"},
    {"TOUCH", "3.2.1"},
    {"TTL", "1.0.0"},
    {"TYPE", "1.0.0"},
    {"UNLINK", "4.0.0"},
    {"UNSUBSCRIBE", "2.0.0"},
    {"UNWATCH", "2.2.0"},
    {"WAIT", "3.0.0"},
    {"WAITAOF", "7.2.0"},
    {"WATCH", "2.2.0"},
    {"ZADD", "1.2.0"},
    {"ZCARD", "1.2.0"},
    {"ZCOUNT", "2.0.0"},
    {"ZDIFF", "6.2.0"},
    {"ZDIFFSTORE", "6.2.0"},
    {"ZINCRBY", "1.2.0"},
    {"ZINTER", "6.2.0"},
    {"ZINTERCARD", "7.0.0"},
    {"ZINTERSTORE", "2.0.0"},
    {"ZLEXCOUNT", "2.8.9"},
    {"ZMPOP", "7.0.0"},
    {"ZMSCORE", "6.2.0"},
    {"ZPOPMAX", "5.0.0"},
    {"ZPOPMIN", "5.0.0"},
    {"ZRANDMEMBER", "6.2.0"},
    {"ZRANGE", "1.2.0"},
    {"ZRANGEBYLEX", "2.8.9"},
    {"ZRANGEBYSCORE", "1.0.5"},
    {"ZRANGESTORE", "6.2.0"},
    {"ZRANK", "2.0.0"},
    {"ZREM", "1.2.0"},
    {"ZREMRANGEBYLEX", "2.8.9"},
    {"ZREMRANGEBYRANK", "2.0.0"},
    {"ZREMRANGEBYSCORE", "1.2.0"},
    {"ZREVRANGE", "1.2.0"},
    {"ZREVRANGEBYLEX", "2.8.9"},
    {"ZREVRANGEBYSCORE", "2.2.0"},
    {"ZREVRANK", "2.0.0"},
    {"ZSCAN", "2.8.0"},
    {"ZSCORE", "1.2.0"},
    {"ZUNION", "6.2.0"},
    {"ZUNIONSTORE", "2.0.0"},
};

constexpr bool is_before(const Known& a, const Known& b) { return a.name < b.name; }
static_assert(std::is_sorted(std::begin(kRedis), std::end(kRedis), is_before));

// Additions to commands of Redis.
constexpr Known kOwnParts[] = {
    {"GET", "AT and META"},
};

}  // namespace

std::string_view redis_version_of(const Command& command, const Command* parent) {
  const std::string name = parent == nullptr ? std::string(command.name)
                                             : fmt::format("{}|{}", parent->name, command.name);
  const auto* const found =
      std::lower_bound(std::begin(kRedis), std::end(kRedis), Known{name, {}}, is_before);
  return found != std::end(kRedis) && found->name == name ? found->version : std::string_view();
}

std::string_view own_part_of(const Command& command) {
  const auto* const found =
      std::find_if(std::begin(kOwnParts), std::end(kOwnParts),
                   [&](const Known& known) { return known.name == command.name; });
  const bool has_at = std::any_of(command.arguments.begin(), command.arguments.end(),
                                  [](const Argument& argument) { return argument.token == "AT"; });
  return found != std::end(kOwnParts) && has_at ? found->version : std::string_view();
}

std::string origin_of(const Command& command, const Command* parent) {
  const std::string_view version = redis_version_of(command, parent);
  if (version.empty()) return "kvstore";
  const std::string_view own = own_part_of(command);
  return own.empty() ? fmt::format("redis {}", version)
                     : fmt::format("redis {}, but for {}", version, own);
}

}  // namespace kvstore::command
