#!/bin/bash
# A process that may open no more files says so, by the code LIMIT and with what to type next, be it
# at the open or in the middle of a command; and the database stays whole.
set -u
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

# What went wrong in "errors" is nothing but the limit.
check_errors() {
  grep -E '^[a-z0-9 ]+: [A-Z]+: ' errors | grep -v ': LIMIT: ' && fail "with $1 descriptors: not LIMIT"
  if grep -q ': LIMIT: ' errors; then
    met=$((met + 1))
    # Or to look at a copy that is whole, and may not be on the disk.
    grep -qE '^  try: (allow more open files \(ulimit -n\)|kvstore verify copy)' errors ||
      fail "with $1 descriptors: no word of ulimit -n: $(cat errors)"
  else
    passed=$((passed + 1))
  fi
}

limited() {  # limited WORDS...
  met=0
  passed=0
  for count in {4..24}; do
    rm -f copy.* out.*
    (ulimit -n "$count"; exec "$KVSTORE" "$@") >/dev/null 2>errors
    check_errors "$count"
    "$KVSTORE" verify data.bin >/dev/null || fail "$*: with $count descriptors the file is damaged"
    [ "$("$KVSTORE" --read-only data.bin GET b)" = there ] || fail "$*: a value is gone"
  done
  [ "$met" -gt 0 ] || fail "$*: no limit was met"
  [ "$passed" -gt 0 ] || fail "$*: never done"
}

"$KVSTORE" data.bin 'SET a hello' 'SET b there' 'SET a again' || exit 1
limited --no-init data.bin 'SET a 1' 'COMPACT'
limited --no-init data.bin 'BACKUP copy.bin'
limited --no-init data.bin 'UNDO a'
limited compact data.bin copy.bin
limited backup data.bin copy.kvb
limited export data.bin out.kv
limited verify --salvage copy.bin data.bin

[ "$failures" = 0 ]
