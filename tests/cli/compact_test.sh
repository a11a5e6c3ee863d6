#!/bin/bash
# kvstore compact from the outside: what it says, that FILE OUT only reads FILE, signals; and what is
# answered of versions that are not there yet, or no longer.
set -u
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1
failures=0

# check NAME EXPECTED-CODE PATTERN COMMAND...: its exit code, and what it says.
check() {
  local name=$1 code=$2 pattern=$3 said got
  shift 3
  said=$("$@" 2>&1 < /dev/null)
  got=$?
  if [ $got != "$code" ] || ! grep -qE "$pattern" <<< "$said"; then
    echo "FAILED: $name: exit code $got, said: $said"
    failures=$((failures + 1))
  fi
}
is() {  # is NAME EXPECTED GOT
  [ "$2" = "$3" ] || { echo "FAILED: $1: $3, not $2"; failures=$((failures + 1)); }
}

seq 1 500 | sed 's/.*/SET key& "value & value value value"/' | "$KVSTORE" --sync none data.bin
before=$(sha256sum < data.bin)
check "young data: how many keys" 0 'of 500 keys' "$KVSTORE" compact data.bin young.bin
check "why it stays" 0 'history 1d stays as it was written' "$KVSTORE" compact data.bin young2.bin
check "nor is it compressed" 0 'neither dropped nor compressed' \
  "$KVSTORE" compact --compress zstd data.bin young3.bin
check "what to type" 0 'try: --keep-history none' "$KVSTORE" compact data.bin young4.bin
is "quiet says nothing" '' "$("$KVSTORE" compact -q data.bin young5.bin 2>&1)"
said=$("$KVSTORE" compact --keep-history none data.bin old.bin 2>&1)
is "nothing is young" 1 "$(wc -l <<< "$said")"
is "the source is untouched" "$before" "$(sha256sum < data.bin)"
is "no key is lost" 500 "$("$KVSTORE" old.bin COUNT)"
check "the copy is intact" 0 'intact' "$KVSTORE" verify old.bin
check "an existing file" 4 'EXISTS' "$KVSTORE" compact data.bin old.bin
check "no file" 4 'NOTFOUND' "$KVSTORE" compact nothing.bin x

# A compaction that cuts nothing shows no cut.
is "no cut" 1 "$("$KVSTORE" young.bin 'HISTORY key1' | wc -l)"
is "nor of a key that never was" '' "$("$KVSTORE" young.bin 'HISTORY no' 2> /dev/null)"
check "but where there is one" 0 '\bcut\b' "$KVSTORE" old.bin 'HISTORY key1'

# A torn tail and damage of the source.
{ cat data.bin; printf 'half a record'; } > torn.bin
torn=$(sha256sum < torn.bin)
check "a torn tail" 0 'of 500 keys' "$KVSTORE" compact --keep-history none torn.bin untorn.bin
is "is not cut" "$torn" "$(sha256sum < torn.bin)"
cp data.bin hurt.bin
at=$(grep -abo 'value 250' hurt.bin | head -1 | cut -d: -f1)
printf X | dd of=hurt.bin bs=1 seek="$at" conv=notrunc status=none
check "damage" 6 'DAMAGED|CORRUPT' "$KVSTORE" compact hurt.bin x
is "nothing is made of it" '' "$(compgen -G 'x*')"

# Beside a writer.
mkfifo commands
"$KVSTORE" data.bin < commands > answers &
writer=$!
exec 3> commands
echo 'SET beside 1' >&3
until "$KVSTORE" --read-only data.bin 'GET beside' 2> /dev/null | grep -q 1; do sleep 0.05; done
check "beside a writer" 0 'of 501 keys' "$KVSTORE" compact --keep-history none data.bin beside.bin
exec 3>&-
wait $writer

# Signals.
interrupted() {  # interrupted SIGNAL [OUT]
  local signal=$1 slow code
  shift
  "$KVSTORE" compact --rate 1KiB --keep-history none data.bin "$@" 2> said &
  slow=$!
  until compgen -G '*.unfinished*' > /dev/null || ! kill -0 $slow 2> /dev/null; do sleep 0.02; done
  kill -"$signal" $slow
  wait $slow
  code=$?
  is "$signal $*: the code" $((128 + $(kill -l "$signal"))) $code
  grep -q 'SKIPPED: given up before it was done' said || { cat said; is "$signal $*" SKIPPED "$(cat said)"; }
  is "$signal $*: nothing is left" '' "$(compgen -G '*.unfinished*')"
}
before=$(sha256sum < data.bin)
interrupted TERM slow.bin
interrupted INT slow.bin
is "the source after signals" "$before" "$(sha256sum < data.bin)"
interrupted TERM
is "no key is lost by them" 501 "$("$KVSTORE" data.bin COUNT)"

# Moments that a file does not have.
"$KVSTORE" seqs.bin 'SET a 1' && "$KVSTORE" seqs.bin 'SET a 2'
check "the newest is there" 0 '^2$' "$KVSTORE" seqs.bin 'GET a AT 2'
is "in MULTI, too" 1 "$(printf 'MULTI\nGET a AT 1\nEXEC\n' | timeout 20 "$KVSTORE" seqs.bin | tail -1)"
check "export of a later version" 1 'NUMBER: there is no version 9 yet' "$KVSTORE" export --at 9 seqs.bin
check "export of a time before all" 1 'NUMBER: what was before the first write' "$KVSTORE" export --at -1d seqs.bin
"$KVSTORE" backup -q seqs.bin seqs.kvs
check "restore of one" 1 'NUMBER: what was before the first write' "$KVSTORE" restore --until -1d seqs.kvs x

exit $((failures > 0))
