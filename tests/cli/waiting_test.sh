#!/bin/bash
# Commands that wait, on a file that other processes write: READ .. WAIT sees what they append, and
# who waits to pop keeps nobody out.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() { echo "FAILED: $1"; failures=$((failures + 1)); }
kv() { timeout 30 "$KVSTORE" -q "$@"; }
# Until the waiting process has the file open.
await_open() {  # pid, file
  for _ in $(seq 200); do
    ls -l "/proc/$1/fd" 2> /dev/null | grep -q "$2" && return
    sleep 0.02
  done
}

# --- What another process appends ends the wait.
kv e.bin SET log ab
"$KVSTORE" -q e.bin READ log 2 10 WAIT 20000 > read.out & reader=$!
await_open $reader e.bin
kv e.bin APPEND log hi > /dev/null || fail "APPEND beside READ .. WAIT"
wait $reader || fail "READ .. WAIT"
[ "$(cat read.out)" = hi ] || fail "READ .. WAIT answered '$(cat read.out)'"

# --- Who waits for a member leaves the lock to who adds it; then it takes it.
kv e.bin ZADD queue 1 a > /dev/null
kv e.bin ZPOPMIN queue > /dev/null
"$KVSTORE" -q e.bin BZPOPMIN queue 20 > popped.out & popper=$!
await_open $popper e.bin
kv e.bin ZADD queue 5 job > /dev/null || fail "ZADD beside BZPOPMIN"
wait $popper || fail "BZPOPMIN"
grep -q job popped.out || fail "BZPOPMIN answered '$(cat popped.out)'"
[ "$(kv e.bin ZCARD queue)" = 0 ] || fail "the member was not taken"

# --- Of a file that is not there yet, too.
"$KVSTORE" -q new.bin BZPOPMAX queue 20 > popped.out & popper=$!
kv new.bin ZADD queue 5 job > /dev/null || fail "ZADD into a new file"
wait $popper || fail "BZPOPMAX of a file that is made meanwhile"
grep -q job popped.out || fail "BZPOPMAX answered '$(cat popped.out)'"

# --- Nothing comes: the time passes.
kv e.bin BZPOPMIN queue 0.1 > popped.out
[ $? = 3 ] || fail "BZPOPMIN of nothing: not the exit status of what is missing"

# --- Who listens to a channel shows its messages until it is ended.
"$KVSTORE" s.bin --listen 0 --unix-socket s 2> log & server=$!
for _ in $(seq 200); do grep -q 'ready on' log && break; sleep 0.05; done
"$KVSTORE" connect unix:s SUBSCRIBE news > heard.out & listener=$!
for _ in $(seq 200); do
  [ "$(timeout 30 "$KVSTORE" connect unix:s PUBLISH news hello)" = 1 ] && break
  sleep 0.05
done
for _ in $(seq 200); do grep -q hello heard.out && break; sleep 0.02; done
grep -q 'message.news.hello' <<< "$(tr '\n' ' ' < heard.out)" || fail "SUBSCRIBE shows '$(cat heard.out)'"
kill -TERM "$listener"; wait "$listener"
kill "$server"; wait "$server"

exit $((failures > 0))
