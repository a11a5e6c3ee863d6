#!/bin/bash
# map from the outside: exit codes, a file that stays as it is, and files of all kinds.
set -u
work=$(mktemp -d)
writer=
trap '[ -n "$writer" ] && kill "$writer" 2>/dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() { echo "FAILED: $1"; failures=$((failures + 1)); }
expect() {  # name, expected code, command...
  local name=$1 code=$2
  shift 2
  "$@" > out 2> err < /dev/null
  local got=$?
  [ "$got" = "$code" ] || { fail "$name: exit code $got, not $code"; cat out err; }
}
says() { grep -qF -- "$2" "$1" || { fail "$1 does not say: $2"; cat "$1"; }; }

"$KVSTORE" good.bin 'SET user:1 one' 'SET user:1 two' 'SET other here' > /dev/null || fail "no file"
before=$(sha256sum < good.bin; stat -c '%y %s %i' good.bin)
expect "a map" 0 "$KVSTORE" map good.bin
says out '2 keys'
grep -q $'\033' out && fail "colours in a file"
expect "a map for programs" 0 "$KVSTORE" map --json good.bin
says out '"live_keys":2'
expect "a picture" 0 "$KVSTORE" map --svg map.svg good.bin
[ -s out ] && fail "a picture on stdout, too"
grep -q '^</svg>$' map.svg || fail "no picture"
expect "a picture that is there" 4 "$KVSTORE" map --svg map.svg good.bin
expect "a picture on stdout" 0 "$KVSTORE" map --svg - good.bin
says out '</svg>'
expect "two on stdout" 2 "$KVSTORE" map --json --svg - good.bin
[ "$(sha256sum < good.bin; stat -c '%y %s %i' good.bin)" = "$before" ] || fail "a map has changed the file"

size=$(stat -c %s good.bin)
head -c $((size - 56)) good.bin > cut.bin
expect "a closed file that was cut short" 6 "$KVSTORE" map cut.bin
says out 'kvstore verify cut.bin'

"$KVSTORE" backup --quiet --since 1 good.bin good.inc > /dev/null 2>&1 || fail "no increment"
expect "of an increment" 0 "$KVSTORE" map good.inc
says out 'no database but an increment: versions 2 to 3'
grep -q 'compacting' out && fail "an increment is to be compacted"
"$KVSTORE" compact --quiet good.bin compacted.bin > /dev/null 2>&1 || fail "no compaction"
expect "of a compacted file" 0 "$KVSTORE" map compacted.bin
says out '2 keys'
seq 100 | sed 's/.*/SET page:& "GET \/pages\/&.html GET \/pages\/&.html GET \/pages\/&.html"/' |
  "$KVSTORE" small.bin > /dev/null || fail "no file to compress"
for compress in '--compress zstd' '' '--compress none' ''; do
  # shellcheck disable=SC2086
  "$KVSTORE" compact --quiet $compress --keep-history none small.bin || fail "no compaction: $compress"
  expect "of a file after compact $compress" 0 "$KVSTORE" map --json small.bin
  grep -o '"compressed":[a-z]*' out >> codecs
done
[ "$(tr '\n' ' ' < codecs)" = \
  '"compressed":true "compressed":true "compressed":false "compressed":false ' ] ||
  fail "a compaction that was told nothing did not keep the codec: $(cat codecs)"
cp good.bin bad.bin
dd if=/dev/zero of=bad.bin bs=1 seek=4110 count=20 conv=notrunc status=none
expect "of a damaged file" 6 "$KVSTORE" map bad.bin
says out 'kvstore verify bad.bin'
: > empty.bin
expect "of an empty file" 0 "$KVSTORE" map empty.bin
says out 'empty.bin: 0 B in the file'
expect "of an empty file, a picture" 0 "$KVSTORE" map --svg empty.svg empty.bin
expect "of nothing" 4 "$KVSTORE" map missing.bin
printf '\1\0\0\0a\1\0\0\0b' > plain.bin
expect "of an older format" 4 "$KVSTORE" map plain.bin
says err 'kvstore convert plain.bin NEW'
expect "of no file" 2 "$KVSTORE" map

# Beside a writer that has the file open.
mkfifo commands
"$KVSTORE" good.bin < commands > /dev/null 2>&1 &
writer=$!
exec 9> commands
echo 'SET third x' >&9
for _ in $(seq 100); do
  "$KVSTORE" map --json good.bin | grep -q '"live_keys":3' && break
  sleep 0.1
done
expect "beside a writer" 0 "$KVSTORE" map good.bin
says out 'a writer has it open'
says out '3 keys'
exec 9>&-
wait "$writer"
writer=

[ $failures = 0 ] && echo "all good"
exit $((failures > 0))
