#!/bin/bash
# A damaged file from the outside: SCRUB waits and says what it finds, what is cut from an end has
# a name, and each error says what to type next.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() { echo "FAILED: $1"; failures=$((failures + 1)); }
expect() {  # name, expected code, command...
  local name=$1 code=$2
  shift 2
  "$@" > out 2> err < "${input:-/dev/null}"
  local got=$?
  [ "$got" = "$code" ] || { fail "$name: exit code $got, not $code"; cat out err; }
}
says() { grep -qF -- "$2" "$1" || { fail "$1 does not say: $2"; cat "$1"; }; }
spoil() {  # file, text: its first byte becomes another
  local at
  at=$(grep -abo "$2" "$1" | head -1 | cut -d: -f1)
  printf '#' | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

# --- a damaged value
"$KVSTORE" value.bin 'SET a first' 'SET k precious' 'SET z last'
expect "SCRUB of a good file" 0 "$KVSTORE" value.bin SCRUB
spoil value.bin precious
expect "SCRUB" 6 "$KVSTORE" value.bin SCRUB
says err 'the value of key "k" (seq 2) at offset'
says err 'DAMAGED: the scrub has found damage at 1 place of value.bin'
says err 'try: kvstore verify value.bin'
printf 'SCRUB NOW\nSTATS warnings\nSET b 2\n' > script.kv
input=script.kv expect "SCRUB in a script" 6 "$KVSTORE" --keep-going value.bin
says out 'warning_1:scrub: the value of key "k"'
expect "RANGE with values" 1 "$KVSTORE" value.bin RANGE a zz VALUES
says err 'CORRUPT: key "k"'
says err 'AFTER "k" lists what comes next'
expect "RANGE after it" 0 "$KVSTORE" value.bin RANGE a zz VALUES AFTER k
says out last
expect "the plan" 6 "$KVSTORE" verify --repair --dry-run value.bin
says out 'k: 8 of 8 bytes lost, from position 0'
says out 'reading them gives CORRUPT'
says out 'kvstore verify --repair value.bin'

# --- a damaged head that the index in the file covers: its key is known, and writes go on
for ((i = 0; i < 10000; ++i)); do echo "SET key:$i value-$i"; done > many.kv
input=many.kv expect "many keys" 0 "$KVSTORE" head.bin
[ "$("$KVSTORE" head.bin STATS index | sed -n 's/^index_runs://p')" = 1 ] || fail 'no index was sealed'
spoil head.bin key:77
expect "SCRUB names the key" 6 "$KVSTORE" head.bin SCRUB
says err 'lost there: the newest record of key "key:77"'
expect "GET of it" 1 "$KVSTORE" head.bin GET key:77
says err 'CORRUPT: key "key:77"'
expect "a write" 0 "$KVSTORE" head.bin SET key:77 anew
expect "GET of what was set anew" 0 "$KVSTORE" head.bin GET key:77
says out anew

# --- a damaged head behind it: writes are refused
"$KVSTORE" end.bin 'SET k precious' 'SET z last'
spoil end.bin kprecious
expect "a refused write" 6 "$KVSTORE" end.bin SET b 2
says err 'DAMAGED'

# --- bytes after a clean close
"$KVSTORE" tail.bin SET k v
printf 'no record' >> tail.bin
expect "a reader that may not write" 0 "$KVSTORE" --read-only tail.bin GET k
expect "verify" 5 "$KVSTORE" verify tail.bin
expect "a reader that may" 0 "$KVSTORE" tail.bin GET k
says err 'it ended in bytes that are not a record: 9 bytes at offset'
printf 'no record' >> tail.bin
expect "and one more" 0 "$KVSTORE" tail.bin GET k
[ "$(cat tail.bin.torn-*T*Z* | tr -d '\n')" = 'no recordno record' ] || fail "what was cut: $(ls)"

# --- a header that is gone
"$KVSTORE" header.bin SET k v
dd if=/dev/zero of=header.bin bs=4096 count=1 conv=notrunc status=none
expect "GET" 4 "$KVSTORE" header.bin GET k
says err 'kvstore verify --repair header.bin'
expect "the plan" 6 "$KVSTORE" verify --repair --dry-run header.bin
says out 'loses    nothing that was acknowledged'
expect "the repair" 0 "$KVSTORE" verify --repair --yes header.bin
expect "GET after it" 0 "$KVSTORE" header.bin GET k
says out v

# --- the index alone
cp head.bin index.bin
"$KVSTORE" verify --repair --yes index.bin > /dev/null 2>&1
"$KVSTORE" verify --reindex index.bin > /dev/null 2>&1
body=$("$KVSTORE" verify --records index.bin | awk '$2 == "EXTENT" { at = $1 } END { print at + 64 }')
printf '####' | dd of=index.bin bs=1 seek=$((body + 150)) conv=notrunc status=none
expect "the plan for an index" 6 "$KVSTORE" verify --repair --dry-run index.bin
says out 'kvstore verify --reindex index.bin'

# --- what a file takes on the disk
taken=$(("$(stat -c %b head.bin)" * 512))
said=$("$KVSTORE" --read-only head.bin STATS store | sed -n 's/^allocated://p')
[ "$said" = "$taken" ] || fail "allocated is $said, on the disk are $taken bytes"

[ $failures = 0 ] && echo "all as it should be"
[ $failures = 0 ]
