#!/bin/bash
# kvstore backup and restore from the outside: what is refused, what stays, exit codes, --to, signals.
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

seq 1 500 | sed 's/.*/SET key& "value &"/' | "$KVSTORE" --sync none data.bin
before=$(sha256sum < data.bin)
check "a backup" 0 'full.kvs: .* up to version 500' "$KVSTORE" backup data.bin full.kvs
is "the source is untouched" "$before" "$(sha256sum < data.bin)"
is "mode" "$(stat -c %a data.bin)" "$(stat -c %a full.kvs)"
check "onto an existing file" 4 'EXISTS: full.kvs exists' "$KVSTORE" backup data.bin full.kvs
check "onto itself" 4 'EXISTS: ./data.bin is the database itself' "$KVSTORE" backup data.bin ./data.bin
mkdir target
check "onto a directory" 4 'EXISTS: target is a directory' "$KVSTORE" backup data.bin target
check "no OUT" 2 'no OUT is named' "$KVSTORE" backup data.bin
check "stdout" 2 'USAGE' "$KVSTORE" backup data.bin -
check "no file" 4 'NOTFOUND' "$KVSTORE" backup nothing.bin out
check "no such target directory" 4 'cannot create nowhere/out: there is no directory nowhere$' "$KVSTORE" backup data.bin nowhere/out
check "contradiction" 2 'exclude each other' "$KVSTORE" backup --to target data.bin out
check "bad time" 2 'not a length of time' "$KVSTORE" backup --to target --every soon data.bin
check "bad moment" 2 'try: --until 1234, --until 2026-03-01T14:30Z, ' "$KVSTORE" restore --until noon full.kvs out
printf '\3\0\0\0key\5\0\0\0value' > old.bin
check "older format" 4 'kvstore convert old.bin' "$KVSTORE" backup old.bin out
head -c 8192 /dev/zero > zeros.bin
check "no database" 4 'FORMAT' "$KVSTORE" backup zeros.bin out
ln -s data.bin link.bin
check "through a link" 0 'linked.kvs' "$KVSTORE" backup link.bin linked.kvs
ln -s nowhere dangling
check "a dangling link is no free name" 4 'EXISTS' "$KVSTORE" backup data.bin dangling

# A torn tail: what counts is copied.
{ cat data.bin; printf 'half a record'; } > torn.bin
check "a torn tail" 0 'up to version 500' "$KVSTORE" backup torn.bin untorn.kvs
check "its copy is intact" 0 'intact' "$KVSTORE" verify untorn.kvs
# Damage.
cp data.bin hurt.bin
at=$(grep -abo 'value 250' hurt.bin | head -1 | cut -d: -f1)
printf X | dd of=hurt.bin bs=1 seek="$at" conv=notrunc status=none
check "damage is refused by key" 6 'DAMAGED: hurt.bin: offset .*key250' "$KVSTORE" backup hurt.bin x
check "with what to type" 6 'kvstore backup --damaged' "$KVSTORE" backup hurt.bin x
check "and taken when asked for" 6 'as damaged as hurt.bin, at 1 place' "$KVSTORE" backup --damaged hurt.bin hurt.kvs
check "with the damage" 6 'DAMAGED' "$KVSTORE" verify hurt.kvs

# Beside a writer, who has the lock.
mkfifo lines
"$KVSTORE" data.bin < lines & writer=$!
exec 3> lines
echo 'SET beside 1' >&3
until "$KVSTORE" --read-only data.bin GET beside > /dev/null 2>&1; do sleep 0.05; done
check "beside a writer" 0 'up to version 501' "$KVSTORE" backup data.bin beside.kvs
exec 3>&-
wait $writer

# Increments, restores, and what is refused.
"$KVSTORE" data.bin 'SET key1 new' 'DELETE key2'
check "an increment" 0 '3 writes after version 500 up to version 503' "$KVSTORE" backup --since full.kvs data.bin one.inc
check "by seq" 0 '2 writes after version 501' "$KVSTORE" backup --since 501 data.bin two.inc
check "opened as a database" 4 'FORMAT: one.inc is not a database but an increment: versions 501 to 503' "$KVSTORE" one.inc GET key1
check "verified" 0 'intact' "$KVSTORE" verify one.inc
check "repaired" 4 'increment' "$KVSTORE" verify --repair --yes one.inc
check "a restore" 0 'whole.bin: 500 keys' "$KVSTORE" restore full.kvs one.inc whole.bin
is "its value" new "$("$KVSTORE" whole.bin GET key1)"
check "onto an existing file" 4 'EXISTS' "$KVSTORE" restore full.kvs whole.bin
check "an increment that does not follow" 1 'CONFLICT: two.inc continues after version 501' "$KVSTORE" restore full.kvs two.inc x
check "an increment alone" 4 'FORMAT: one.inc is not a database' "$KVSTORE" restore one.inc x
check "twice" 1 'CONFLICT' "$KVSTORE" restore full.kvs one.inc one.inc x
check "too late a version" 1 'version 999 is not in these files' "$KVSTORE" restore --until 999 full.kvs x
check "no time" 2 'neither a version nor a time' "$KVSTORE" restore --until noon full.kvs x
check "one word" 2 'a name for the new file' "$KVSTORE" restore full.kvs
check "until" 0 'up to version 501' "$KVSTORE" restore --until 501 full.kvs one.inc until.bin
is "what came later is not there" 'value 1' "$("$KVSTORE" until.bin GET key1)"
# A damaged one: what to do, and what is before the damage.
cp one.inc torn.inc
printf X | dd of=torn.inc bs=1 seek=$(($(stat -c %s torn.inc) - 40)) conv=notrunc status=none
check "damaged" 6 'DAMAGED: torn.inc: ' "$KVSTORE" restore full.kvs torn.inc x
check "with what to type" 6 'try: make it again: kvstore backup --since 500 FILE NEW; or restore --until 502' "$KVSTORE" restore full.kvs torn.inc x
check "which works" 0 'up to version 502' "$KVSTORE" restore --until 502 full.kvs torn.inc before.bin
is "its value" new "$("$KVSTORE" before.bin GET key1)"
is "what came later is not there" 'value 2' "$("$KVSTORE" before.bin GET key2)"
check "verified" 6 'An increment cannot be repaired' "$KVSTORE" verify torn.inc
check "nothing of a repair" 6 'backup --since 500 FILE NEW' "$KVSTORE" verify torn.inc
check "repaired" 4 'if it is damaged, make it again' "$KVSTORE" verify --repair --yes torn.inc
check "salvaged" 4 'if it is damaged, make it again' "$KVSTORE" verify --salvage x torn.inc
[ ! -e x ] || { echo "FAILED: something was made that was refused"; failures=$((failures + 1)); }

# The command.
check "a whole one" 0 'kind:whole' "$KVSTORE" data.bin BACKUP command.kvs
check "an increment" 0 'since:500' "$KVSTORE" data.bin BACKUP command.inc SINCE full.kvs
check "an existing file" 1 'EXISTS: command.kvs exists' "$KVSTORE" data.bin BACKUP command.kvs
check "half of it" 1 'SINCE needs a seq or a backup' "$KVSTORE" data.bin BACKUP y SINCE
check "another word" 1 'unknown option' "$KVSTORE" data.bin BACKUP y UNTIL 3
is "what it made" "$("$KVSTORE" data.bin KEYS)" "$("$KVSTORE" command.kvs KEYS)"

# --to: names, --every, --keep, and what is not touched.
mkdir kept
touch kept/data-20200101T000000Z.kvs kept/notes.txt
cp full.kvs kept/data-20200101T000001Z.kvs.old
"$KVSTORE" other.bin SET a 1
"$KVSTORE" backup -q other.bin kept/data-20200101T000002Z.kvs
for _ in 1 2 3; do check "into a directory" 0 'kept/data-.*kvs' "$KVSTORE" backup --to kept --keep 2 data.bin; done
is "two are kept, and what is not its own" 6 "$(find kept -type f | wc -l)"
check "a young one" 0 'is younger than 1h: nothing to do' "$KVSTORE" backup --to kept --every 1h data.bin
is "nothing was made" 6 "$(find kept -type f | wc -l)"
check "no directory" 4 'NOTFOUND' "$KVSTORE" backup --to nowhere data.bin

# A backup from a day when the clock was ahead neither stops those after it nor counts as one.
mkdir ahead
"$KVSTORE" backup -q data.bin ahead/data-29990101T000000Z.kvs
check "beside one of the future" 0 'of the future' "$KVSTORE" backup --to ahead --every 1h --keep 1 data.bin
is "it was made, and the other kept" 2 "$(find ahead -type f | wc -l)"
check "the new one is the newest" 0 'is younger than 1h: nothing to do' "$KVSTORE" backup --to ahead --every 1h data.bin

# A signal ends it, and nothing is left.
"$KVSTORE" backup --rate 10KiB data.bin slow.kvs & slow=$!
until compgen -G 'slow.kvs.unfinished*' > /dev/null; do sleep 0.02; done
kill -TERM $slow
wait $slow
is "ended by the signal" 143 $?
compgen -G 'slow.kvs*' > /dev/null && { echo "FAILED: an interrupted backup left something"; failures=$((failures + 1)); }
# One that nohup has made deaf is none.
(trap '' HUP; exec "$KVSTORE" backup -q --rate 40KiB data.bin deaf.kvs) & deaf=$!
until compgen -G 'deaf.kvs.unfinished*' > /dev/null || [ -e deaf.kvs ]; do sleep 0.02; done
kill -HUP $deaf
wait $deaf
is "SIGHUP under nohup" 0 $?
check "and the backup is whole" 0 intact "$KVSTORE" verify deaf.kvs
"$KVSTORE" backup --rate 10KiB data.bin slow.kvs & slow=$!
until compgen -G 'slow.kvs.unfinished*' > /dev/null; do sleep 0.02; done
kill -KILL $slow
wait $slow 2> /dev/null
check "after a kill" 0 'slow.kvs' "$KVSTORE" backup data.bin slow.kvs
is "the next one removes what it has left" 1 "$(find . -name 'slow.kvs*' | wc -l)"
mkdir left
touch left/data-notes.kvs.unfinished-1-00000000 left/data-20200101T000000Z.kvs.unfinished-mine
"$KVSTORE" backup --rate 10KiB --to left data.bin & slow=$!
until compgen -G 'left/data-*Z.kvs.unfinished-*-????????' > /dev/null; do sleep 0.02; done
kill -KILL $slow
wait $slow 2> /dev/null
check "into a directory after a kill" 0 'left/data-' "$KVSTORE" backup --to left data.bin
is "only what was its own is removed" 3 "$(find left -type f | wc -l)"

# Nor where no loop asks: a command, and what verify writes. Nobody has asked for SIGINT's default.
end_early() {  # signal, exit code, out, kvstore's arguments
  local signal=$1 code=$2 out=$3 pid got
  shift 3
  (trap - INT; exec "$KVSTORE" "$@" > said 2>&1 < /dev/null) & pid=$!
  until compgen -G "$out.unfinished*" > /dev/null; do kill -0 $pid 2> /dev/null || break; done
  kill "-$signal" $pid 2> /dev/null
  wait $pid 2> /dev/null
  got=$?
  [ $got = "$code" ] || [ $got = 0 ] || is "$* is ended by SIG$signal" "$code" $got
  compgen -G "$out.unfinished*" > /dev/null && { echo "FAILED: $*, ended by SIG$signal, left something"; failures=$((failures + 1)); }
}
seq 1 300000 | sed 's/.*/SET key& "value &"/' | "$KVSTORE" --sync none big.bin
end_early TERM 143 by.kvs --compact-rate 10KiB data.bin BACKUP by.kvs
end_early INT 130 salvaged.bin verify --salvage salvaged.bin big.bin
printf X | dd of=big.bin bs=1 seek=9000 conv=notrunc status=none
end_early HUP 129 big.bin verify --repair --yes big.bin
[ $failures = 0 ]
