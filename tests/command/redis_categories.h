// Which commands Redis 7.0 has in each category, as its ACL CAT shows them; of those that kvstore
// has or may have. Without SYNC: ours, of the same name, is another command.
#pragma once

#include <algorithm>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>

namespace kvstore::command::acl {

struct RedisCategory {
  std::string_view name;
  std::string_view commands;  // with blanks between them
};

inline constexpr RedisCategory kRedisCategories[] = {
    {"admin",
     "acl|deluser acl|dryrun acl|getuser acl|list acl|load acl|log acl|save acl|setuser "
     "acl|users bgrewriteaof bgsave client|kill client|list client|no-evict client|pause "
     "client|unblock client|unpause config|get config|resetstat config|rewrite config|set "
     "debug failover lastsave latency|doctor latency|graph latency|histogram latency|history "
     "latency|latest latency|reset monitor replicaof role save shutdown slaveof slowlog|get "
     "slowlog|len slowlog|reset"},
    {"bitmap", "bitcount bitfield bitfield_ro bitop bitpos getbit setbit"},
    {"blocking", "bzmpop bzpopmax bzpopmin"},
    {"connection",
     "asking auth client|caching client|getname client|getredir client|help client|id "
     "client|info client|kill client|list client|no-evict client|pause client|reply "
     "client|setname client|tracking client|trackinginfo client|unblock client|unpause "
     "command command|count command|docs command|getkeys command|getkeysandflags "
     "command|help command|info command|list echo hello ping quit readonly readwrite reset "
     "select wait"},
    {"dangerous",
     "acl|deluser acl|dryrun acl|getuser acl|list acl|load acl|log acl|save acl|setuser "
     "acl|users bgrewriteaof bgsave client|kill client|list client|no-evict client|pause "
     "client|unblock client|unpause config|get config|resetstat config|rewrite config|set "
     "debug failover flushall flushdb info keys lastsave latency|doctor latency|graph "
     "latency|histogram latency|history latency|latest latency|reset monitor replicaof "
     "restore role save shutdown slaveof slowlog|get slowlog|len slowlog|reset sort swapdb"},
    {"fast",
     "append asking auth bitfield_ro bzpopmax bzpopmin dbsize decr decrby discard echo "
     "exists expire expireat expiretime get getbit getdel getex getset hello incr incrby "
     "incrbyfloat lastsave lolwut mget move multi persist pexpire pexpireat pexpiretime ping "
     "pttl publish quit readonly readwrite renamenx reset role select setnx spublish strlen "
     "swapdb time touch ttl type unlink unwatch watch xadd zadd zcard zcount zincrby "
     "zlexcount zmscore zpopmax zpopmin zrank zrem zrevrank zscore"},
    {"geo", ""},
    {"hash", ""},
    {"hyperloglog", ""},
    {"keyspace",
     "copy dbsize del dump exists expire expireat expiretime flushall flushdb keys move "
     "object|encoding object|freq object|help object|idletime object|refcount persist "
     "pexpire pexpireat pexpiretime pttl randomkey rename renamenx restore scan swapdb touch "
     "ttl type unlink"},
    {"list", "sort"},
    {"pubsub",
     "psubscribe publish pubsub|channels pubsub|numpat pubsub|numsub pubsub|shardchannels "
     "pubsub|shardnumsub punsubscribe spublish ssubscribe subscribe sunsubscribe unsubscribe"},
    {"read",
     "bitcount bitfield_ro bitpos dbsize dump exists expiretime get getbit getrange keys lcs "
     "lolwut memory|usage mget object|encoding object|freq object|idletime object|refcount "
     "pexpiretime pttl randomkey scan strlen substr touch ttl type zcard zcount zdiff zinter "
     "zintercard zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank "
     "zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore zunion"},
    {"scripting", "eval"},
    {"set", "sort"},
    {"slow",
     "acl|cat acl|deluser acl|dryrun acl|genpass acl|getuser acl|help acl|list acl|load "
     "acl|log acl|save acl|setuser acl|users acl|whoami bgrewriteaof bgsave bitcount "
     "bitfield bitop bitpos bzmpop client|caching client|getname client|getredir client|help "
     "client|id client|info client|kill client|list client|no-evict client|pause "
     "client|reply client|setname client|tracking client|trackinginfo client|unblock "
     "client|unpause command command|count command|docs command|getkeys "
     "command|getkeysandflags command|help command|info command|list config|get config|help "
     "config|resetstat config|rewrite config|set copy debug del dump eval exec failover "
     "flushall flushdb getrange info keys latency|doctor latency|graph latency|help "
     "latency|histogram latency|history latency|latest latency|reset lcs memory|doctor "
     "memory|help memory|malloc-stats memory|purge memory|stats memory|usage monitor mset "
     "msetnx object|encoding object|freq object|help object|idletime object|refcount psetex "
     "psubscribe pubsub|channels pubsub|help pubsub|numpat pubsub|numsub "
     "pubsub|shardchannels pubsub|shardnumsub punsubscribe randomkey rename replicaof "
     "restore save scan set setbit setex setrange shutdown slaveof slowlog|get slowlog|help "
     "slowlog|len slowlog|reset sort ssubscribe subscribe substr sunsubscribe unsubscribe "
     "wait zdiff zdiffstore zinter zintercard zinterstore zmpop zrandmember zrange "
     "zrangebylex zrangebyscore zrangestore zremrangebylex zremrangebyrank zremrangebyscore "
     "zrevrange zrevrangebylex zrevrangebyscore zscan zunion zunionstore"},
    {"sortedset",
     "bzmpop bzpopmax bzpopmin sort zadd zcard zcount zdiff zdiffstore zincrby zinter "
     "zintercard zinterstore zlexcount zmpop zmscore zpopmax zpopmin zrandmember zrange "
     "zrangebylex zrangebyscore zrangestore zrank zrem zremrangebylex zremrangebyrank "
     "zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore "
     "zunion zunionstore"},
    {"stream", "xadd"},
    {"string",
     "append decr decrby get getdel getex getrange getset incr incrby incrbyfloat lcs mget "
     "mset msetnx psetex set setex setnx setrange strlen substr"},
    {"transaction", "discard exec multi unwatch watch"},
    {"write",
     "append bitfield bitop bzmpop bzpopmax bzpopmin copy decr decrby del expire expireat "
     "flushall flushdb getdel getex getset incr incrby incrbyfloat move mset msetnx persist "
     "pexpire pexpireat psetex rename renamenx restore set setbit setex setnx setrange sort "
     "swapdb unlink xadd zadd zdiffstore zincrby zinterstore zmpop zpopmax zpopmin "
     "zrangestore zrem zremrangebylex zremrangebyrank zremrangebyscore zunionstore"},
};

// Whatever it is, it is fast or slow there.
inline bool is_known_to_redis(const std::string& name) {
  return std::any_of(std::begin(kRedisCategories), std::end(kRedisCategories),
                     [&](const RedisCategory& one) {
                       std::istringstream words{std::string(one.commands)};
                       for (std::string word; words >> word;) {
                         if (word == name) return true;
                       }
                       return false;
                     });
}

}  // namespace kvstore::command::acl
