#!/bin/bash
# What containers do: a file system of layers, and no /proc. Needs the right to mount;
# says so and is skipped without.
set -u
if [ -z "${KVSTORE_CONTAINER:-}" ]; then
  if ! unshare --mount true 2>/dev/null; then
    echo "skipped: this test mounts file systems, and that is not permitted here"
    exit 77
  fi
  KVSTORE_CONTAINER=1 exec unshare --mount --propagation private bash "$0"
fi
room=$(mktemp -d)
mount -t tmpfs kvstore-test "$room" || exit 77
trap 'cd /; umount -R "$room"; rmdir "$room"' EXIT
cd "$room" || exit 1
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# The first write copies the file to the upper layer: readers that were open before
# must follow it there, as often as there are writes.
mkdir lower upper work both
"$KVSTORE" lower/data.bin SET a 1
if mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work both; then
  coproc READER { "$KVSTORE" --read-only both/data.bin 2>&1; }
  ask() {
    echo 'GET a' >&"${READER[1]}"
    read -r -t 20 answer <&"${READER[0]}"
  }
  for value in 1 2 3; do
    [ "$value" = 1 ] || "$KVSTORE" both/data.bin SET a "$value"
    ask
    [ "$answer" = "$value" ] || fail "a reader on an overlay answers $answer for $value"
  done
  eval "exec ${READER[1]}>&-"
  wait
  umount both
else
  echo "no overlay here: not tried"
fi

# Where nothing is mounted on /proc, files are created and opened all the same.
mount -t tmpfs none /proc || exit 77
"$KVSTORE" new.bin SET a 1 || fail 'no file can be created without /proc'
[ "$("$KVSTORE" new.bin GET a)" = 1 ] || fail 'a file made without /proc has not what was written'
"$KVSTORE" verify new.bin > /dev/null || fail 'a file made without /proc is damaged'
: > empty.bin
"$KVSTORE" empty.bin SET a 1 || fail 'an empty file cannot be filled without /proc'
"$KVSTORE" verify --salvage out.bin new.bin > /dev/null || fail 'nothing can be salvaged without /proc'
"$KVSTORE" nowhere/new.bin SET a 1 2> error
code=$?
[ "$code" = 4 ] || fail "a missing directory has exit code $code without /proc"
umount /proc

[ "$failures" = 0 ]
