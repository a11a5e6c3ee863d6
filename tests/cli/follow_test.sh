#!/bin/bash
# kvstore FILE FOLLOW PREFIX as a one-shot: a long value that was copied goes out without being held.
set -u
directory=$(mktemp -d)
trap 'kill -9 $(jobs -p) 2> /dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
failures=0

size=120000000
head -c $size /dev/urandom > value
"$KVSTORE" --no-init --sync none --compact-at off data.bin -x SET a < value
"$KVSTORE" --no-init data.bin COPY a c > copied
{ printf '2\tset\tc\t\t' && cat value && echo; } > expected

follow() {  # until all has come, or it ends
  (
    # Memory of its own: less than the value. A sanitizer needs more for itself.
    [ -n "${KVSTORE_SANITIZE:-}" ] || ulimit -d 81920
    exec "$KVSTORE" --no-init --read-only data.bin FOLLOW PREFIX c FROM 1
  ) > out 2> errors &
  local follower=$! _
  for _ in {1..600}; do
    kill -0 $follower 2> /dev/null || break
    [ "$(stat -c %s out)" -ge "$(stat -c %s expected)" ] && break
    sleep 0.1
  done
  kill -INT $follower 2> /dev/null
  wait $follower
}
follow
cmp out expected || { cat errors; failures=1; }
[ $failures = 0 ]
