#!/bin/bash
# The append-only files of a real Redis, imported; and exports that Redis reads.
set -u
. "$(dirname "$0")/../support/checks.sh"
# The server is what redis-tools' redis-check-rdb is, called so; its own package would start a service.
if ! server=$(command -v redis-check-rdb); then
  echo "skipped: there is no redis-check-rdb"
  exit 77
fi
directory=$(mktemp -d)
trap 'stop; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
ln -s "$server" redis-server
redis_pid=

start() {  # directory, then options
  local where=$1 _
  shift
  mkdir -p "$where"
  ./redis-server --port 0 --unixsocket "$directory/socket" --dir "$directory/$where" --appendonly yes --save '' \
    --daemonize no "$@" > "$where.log" 2>&1 &
  redis_pid=$!
  for _ in {1..200}; do
    [ "$(redis PING 2> /dev/null)" = PONG ] && return
    sleep 0.05
  done
  cat "$where.log"
  return 1
}
redis() { redis-cli -s "$directory/socket" "$@"; }
stop() {
  [ -n "$redis_pid" ] || return 0
  redis SHUTDOWN NOSAVE > /dev/null 2>&1
  wait "$redis_pid"
  redis_pid=
}

# What Redis has, as export writes it.
in_redis() {
  local key type value
  redis --no-raw KEYS '*' | sed -n 's/^ *[0-9]*) "\(.*\)"$/\1/p' | LC_ALL=C sort | while read -r key; do
    type=$(redis TYPE "$key")
    [ "$type" = string ] || continue
    value=$(redis --no-raw GET "$key")
    echo "$key $value $(redis PEXPIRETIME "$key" | sed 's/^-1$/0/')"
  done
}
in_file() {
  local key
  "$KVSTORE" "$1" KEYS | grep -v "^z" | while read -r key; do
    echo "$key $("$KVSTORE" --mode quoted "$1" GET "$key") $("$KVSTORE" export --format resp --prefix "$key" "$1" |
      tr -d '\r' | awk -v key="$key" '$0 == key { mine = 1 } $0 == "SET" { mine = 0 } mine && $0 == "PXAT" { getline; getline; print; found = 1; exit } END { if (!found) print 0 }')"
  done
}

# Sorted sets, a member and its score a line.
sets_in_redis() {
  local key
  redis --no-raw KEYS 'z*' | sed -n 's/^ *[0-9]*) "\(.*\)"$/\1/p' | LC_ALL=C sort | while read -r key; do
    echo "$key $(redis ZRANGE "$key" 0 -1 WITHSCORES | tr '\n' ' ')"
  done
}
sets_in_file() {
  local key
  "$KVSTORE" "$1" 'PREFIX z' | while read -r key; do
    echo "$key $("$KVSTORE" "$1" ZRANGE "$key" 0 -1 WITHSCORES | tr '\t\n' '  ')"
  done
}

# Commands on strings and sorted sets, with a few others in between; keys k0 to k19, z0 to z4.
random_commands() {  # count, seed
  awk -v count="$1" -v seed="$2" '
    function key() { return "k" int(rand() * 20) }
    function set() { return "z" int(rand() * 5) }
    function member() { return "m" int(rand() * 9) }
    BEGIN {
      srand(seed)
      for (i = 0; i < count; i++) {
        r = int(rand() * 36)
        if (r < 5) print "SET", key(), i
        else if (r == 5) print "SET", key(), i, "EX", 1000 + i
        else if (r == 6) print "SET", key(), i, "KEEPTTL"
        else if (r == 7) print "SET", key(), i, "NX"
        else if (r < 10) print "APPEND", key(), i
        else if (r == 10) print "INCRBY", key(), int(rand() * 100)
        else if (r == 11) print "DECR", key()
        else if (r == 12) print "SETRANGE", key(), int(rand() * 8), i
        else if (r == 13) print "DEL", key(), key()
        else if (r == 14) print "EXPIRE", key(), 5000
        else if (r == 15) print "PERSIST", key()
        else if (r == 16) print "RENAME", key(), key()
        else if (r == 17) print "COPY", key(), key(), "REPLACE"
        else if (r == 18) print "GETDEL", key()
        else if (r == 19) print "MSET", key(), i, key(), i
        else if (r == 20) print "GETEX", key(), "PX", 900000
        else if (r == 21) print "INCRBYFLOAT", key(), "1.5"
        else if (r == 22) print "LPUSH", "list", i
        else if (r == 23) print "HSET", "hash", "f", i
        else if (r == 24) print "MULTI\nSET", key(), i, "\nAPPEND", key(), "x\nEXEC"
        else if (r == 25) print "SETBIT", key(), int(rand() * 40), i % 2
        else if (r == 26) print "MSETNX", key(), i, key() "x", i
        else if (r < 29) print "ZADD", set(), i, member(), i / 2, member()
        else if (r == 29) print "ZINCRBY", set(), i, member()
        else if (r == 30) print "ZADD", set(), "GT", "CH", i, member()
        else if (r == 31) print "ZPOPMIN", set()
        else if (r == 32) print "ZUNIONSTORE", set(), 2, set(), set()
        else if (r == 33) print "ZREMRANGEBYRANK", set(), 3, 9
        else if (r == 34) print "EXPIRE", set(), 5000, "\nPERSIST", set()
        else if (i % 7 == 0) print "FLUSHALL"
      }
    }'
}

multi_part() {
  start multi --aof-use-rdb-preamble no --aof-timestamp-enabled yes || return
  random_commands 1500 "$1" | redis > /dev/null
  redis BGREWRITEAOF > /dev/null
  while redis INFO persistence | grep -q 'aof_rewrite_in_progress:1\|aof_rewrite_scheduled:1'; do sleep 0.05; done
  random_commands 700 "$(($1 + 1))" | redis > /dev/null
  redis SET bytes $'a\xff\r\nb' > /dev/null
  in_redis > expected
  sets_in_redis > expected-sets
  [ "$(wc -l < expected)" -gt 3 ] || { echo "Redis has next to nothing"; return 1; }
  stop
  "$KVSTORE" import "multi-$1.bin" multi > said || return
  grep -q 'not carried out: .*LPUSH' said || { cat said; return 1; }
  sets_in_file "multi-$1.bin" | diff expected-sets - || return
  in_file "multi-$1.bin" > got
  diff expected got
  local same=$?
  rm -rf multi
  return $same
}
for seed in 1 2 3; do check "a multi-part append-only file is what Redis had (seed $seed)" multi_part $seed; done

preamble() {
  start preamble --aof-use-rdb-preamble yes || return
  redis SET a 1 > /dev/null
  stop
  "$KVSTORE" import preamble.bin preamble > said 2>&1
  [ $? = 4 ] && grep -q 'base.rdb: .*an RDB file of Redis' said && grep -q 'aof-use-rdb-preamble no' said &&
    [ ! -e preamble.bin ] || { cat said; return 1; }
}
check "an RDB base file is refused by name, and Redis' way out of it named" preamble

cut() {
  start cut --aof-use-rdb-preamble no || return
  redis SET a 1 > /dev/null
  redis SET b 2 > /dev/null
  stop
  local file=cut/appendonlydir/appendonly.aof.1.incr.aof
  truncate -s -3 $file
  "$KVSTORE" import cut.bin $file > said 2>&1
  [ $? = 1 ] && grep -q 'incr.aof: command 3: SYNTAX' said && [ "$("$KVSTORE" cut.bin KEYS)" = a ] ||
    { cat said; return 1; }
}
check "an append-only file that was cut is imported up to there" cut

exports() {
  "$KVSTORE" mine.bin 'SET a "1\r\n2"' 'SET b "\xff\x00"' 'SET c v PXAT 4102444800000' 'SET gone 1' 'DELETE gone' 'APPEND a x' > /dev/null
  start pipe || return
  "$KVSTORE" export --format resp mine.bin | redis --pipe > said && grep -q 'errors: 0, replies: 3' said || return
  in_redis > got && in_file mine.bin > expected && diff expected got || return
  stop
  mkdir plain
  "$KVSTORE" export --history mine.bin plain/appendonly.aof --format resp > /dev/null
  start plain || return
  in_redis > got && diff expected got || return
  stop
}
check "Redis reads an export through its pipe, and a history as its append-only file" exports

[ $failures = 0 ]
