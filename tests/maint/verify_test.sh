#!/bin/bash
# verify, repair, salvage and convert from the outside: exit codes, what may
# change and what may not, and a writer at work.
set -u
work=$(mktemp -d)
server=
trap '[ -n "$server" ] && kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
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
flip() {  # file, offset
  local byte
  byte=$(od -An -tu1 -j"$2" -N1 "$1")
  # shellcheck disable=SC2059  # the format is the byte
  printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
state_of() { sha256sum < "$1"; stat -c '%y %s %i' "$1"; }

"$KVSTORE" good.bin 'SET k 1' 'SET k 2' 'SET other here' 'DELETE k' > /dev/null || fail "no file made"
cp good.bin bad.bin
last=$("$KVSTORE" verify --records good.bin | awk 'END { print $1 }')
flip bad.bin $((last + 30))
# Torn: a writer killed in the middle of a record, on a machine that lost power.
cp good.bin torn.bin
printf 'half a record, as garbage' >> torn.bin

# --- reading changes nothing
for file in good.bin bad.bin torn.bin; do
  cp --preserve=all $file reference
  before=$(state_of $file)
  for options in '' --json --records '--records --json' '--records --key k --from 4096 --limit 2' \
    '--repair --dry-run' "--salvage salvaged-$file"; do
    # shellcheck disable=SC2086  # options are words
    "$KVSTORE" verify $options $file > /dev/null 2>&1 < /dev/null
  done
  "$KVSTORE" verify --repair $file > /dev/null 2>&1 < /dev/null
  [ "$(state_of $file)" = "$before" ] || fail "reading changed $file"
  cmp -s $file reference || fail "reading changed the bytes of $file"
done

# --- the index
cp good.bin indexed.bin
expect "an index is made" 0 "$KVSTORE" verify --reindex indexed.bin
says out 'Wrote a new index: 2 keys in 1 segment'
expect "with an index" 0 "$KVSTORE" verify indexed.bin
says out '1 run of 1 segment, 2 keys'
"$KVSTORE" verify --json indexed.bin | grep -q '"fault_count": 0' || fail "no index in JSON"
body=$("$KVSTORE" verify --records indexed.bin | awk '$2 == "EXTENT" { print $1 + 64 }')
flip indexed.bin $((body + 150))
expect "a damaged index" 6 "$KVSTORE" verify indexed.bin
says out 'its INDEX is damaged; no key and no value is lost'
says out 'WRONG    index'
says out 'kvstore verify --reindex indexed.bin'
[ "$("$KVSTORE" indexed.bin GET other)" = here ] || fail "a damaged index loses a key"
expect "it is made anew" 0 "$KVSTORE" verify --reindex indexed.bin
expect "and is right" 0 "$KVSTORE" verify indexed.bin
says out 'indexed.bin: intact'
checkpoint=$("$KVSTORE" verify --records indexed.bin | awk '$2 == "CHECKPOINT" { print $1 }' | tail -1)
cp indexed.bin ended.bin
flip ended.bin $((checkpoint + 20))
expect "a checkpoint that ends the file" 6 "$KVSTORE" verify ended.bin
says out 'kvstore verify --repair ended.bin'
expect "behind which nothing can be written" 6 "$KVSTORE" verify --reindex ended.bin
says err 'kvstore verify --repair ended.bin'
expect "a copy is without it" 0 "$KVSTORE" verify --repair --yes ended.bin
expect "and is written to" 0 "$KVSTORE" ended.bin SET more 1
cp --preserve=all bad.bin reference
expect "no index of a damaged log" 6 "$KVSTORE" verify --reindex bad.bin
says err 'kvstore verify --repair bad.bin'
cmp -s bad.bin reference || fail "a refused --reindex changed the file"
expect "nor of a torn one" 5 "$KVSTORE" verify --reindex torn.bin
expect "nor with --repair" 2 "$KVSTORE" verify --reindex --repair good.bin

# --- exit codes
expect "intact" 0 "$KVSTORE" verify good.bin
says out 'good.bin: intact'
expect "quiet, damaged" 6 "$KVSTORE" verify --quiet bad.bin
says out 'rotten'
expect "damaged" 6 "$KVSTORE" verify bad.bin
says out 'DAMAGED'
says out 'key k'
says out 'HOLE'
expect "torn" 5 "$KVSTORE" verify torn.bin
says out 'torn'
expect "missing" 4 "$KVSTORE" verify missing.bin
says err 'NOTFOUND'
expect "a folder" 4 "$KVSTORE" verify .
says err 'FORMAT'
head -c 100 good.bin > short.bin
expect "100 bytes" 4 "$KVSTORE" verify short.bin
says err 'FORMAT'
yes 'no database' | head -c 100000 > foreign.bin
expect "a foreign file" 4 "$KVSTORE" verify foreign.bin
expect "no file named" 2 "$KVSTORE" verify
expect "an unknown option" 2 "$KVSTORE" verify --nonsense good.bin
expect "two verbs" 2 "$KVSTORE" verify --repair --records good.bin
expect "--yes without --repair" 2 "$KVSTORE" verify --yes good.bin
expect "quiet, intact" 0 "$KVSTORE" verify -q good.bin
[ -s out ] || [ -s err ] && fail "-q says of an intact file: $(cat out err)"
expect "quiet, a listing" 2 "$KVSTORE" verify -q --records good.bin
expect "help" 0 "$KVSTORE" verify --help
expect "listing" 0 "$KVSTORE" verify --records --key k good.bin
[ "$(wc -l < out)" = 3 ] || fail "--records --key k does not list three records"
: > empty.bin
expect "an empty file" 0 "$KVSTORE" verify empty.bin
expect "an empty file, as JSON" 0 "$KVSTORE" verify --json empty.bin
says out '"state": "intact"'
says out '"exit_code": 0'
expect "an empty file's records" 0 "$KVSTORE" verify --records --json empty.bin
[ -s out ] && fail "an empty file has records"

# --- repair
expect "repair without a terminal" 2 "$KVSTORE" verify --repair bad.bin
says err '--yes'
expect "a dry run" 6 "$KVSTORE" verify --repair --dry-run bad.bin
[ -z "$(ls bad.bin.damaged-* 2>/dev/null)" ] || fail "a dry run renamed the file"
chmod 640 bad.bin
ln -s bad.bin link.bin
cp bad.bin original.bin
expect "repair through a link" 0 "$KVSTORE" verify --repair --yes link.bin
says out 'k: its newest state'
[ -L link.bin ] || fail "the link was replaced"
cmp -s bad.bin.damaged-* original.bin || fail "the original is not kept as it was"
[ "$(stat -c %a bad.bin)" = 640 ] || fail "the mode was not kept"
expect "what was repaired is intact" 0 "$KVSTORE" verify bad.bin
expect "the lost key is CORRUPT" 1 "$KVSTORE" bad.bin GET k
says err 'CORRUPT'
expect "the other key is there" 0 "$KVSTORE" bad.bin GET other
says out 'here'
expect "the lost key can be set anew" 0 "$KVSTORE" bad.bin 'SET k 3' 'GET k'
says out '3'
db_id() { "$KVSTORE" verify --json "$1" | sed -n 's/.*"db_id": "\(.*\)".*/\1/p'; }
[ "$(db_id bad.bin)" = "$(db_id good.bin)" ] || fail "the db_id was not kept"
expect "repair of an intact file" 0 "$KVSTORE" verify --repair --yes good.bin
says out 'Nothing to repair'
expect "repair of a torn tail" 0 "$KVSTORE" verify --repair --yes torn.bin
expect "the torn tail is cut" 0 "$KVSTORE" verify torn.bin
expect "the torn bytes are kept" 5 "$KVSTORE" verify torn.bin.damaged-*

# --- salvage
cp good.bin headless.bin
dd if=/dev/zero of=headless.bin bs=4096 count=1 conv=notrunc status=none
expect "no header" 6 "$KVSTORE" verify headless.bin
expect "salvage without a header" 0 "$KVSTORE" verify --salvage saved.bin headless.bin
expect "the salvaged value" 0 "$KVSTORE" saved.bin GET other
says out 'here'
expect "salvage does not overwrite" 4 "$KVSTORE" verify --salvage saved.bin headless.bin
says err 'EXISTS'

# --- beside a writer
"$KVSTORE" live.bin --listen 0 2> ready & server=$!
for _ in $(seq 600); do grep -q 'ready on' ready && break; sleep 0.05; done
port=$(sed -n 's/.*ready on 127.0.0.1\(:[0-9]*\).*/\1/p' ready)
"$KVSTORE" connect "127.0.0.1$port" 'SET a 1' 'SET b 2' > /dev/null || { fail "no server"; cat ready; }
expect "verify beside a writer" 0 "$KVSTORE" verify live.bin
says out 'in use'
expect "repair beside a writer" 4 "$KVSTORE" verify --repair --yes live.bin
says err 'LOCKED'
says err "$server"
kill "$server" && wait "$server"
server=

# --- convert
printf '\1\0\0\0a\1\0\0\0001\1\0\0\0b\2\0\0\0xx' > old.bin
expect "an old file opens read-only" 0 "$KVSTORE" old.bin GET b
says out 'xx'
says err 'reading only'
expect "it refuses writes" 1 "$KVSTORE" old.bin SET a 2
expect "convert" 0 "$KVSTORE" convert old.bin new.bin
says out '2 keys live'
expect "the converted file" 0 "$KVSTORE" new.bin GET b
says out 'xx'
expect "convert does not overwrite" 4 "$KVSTORE" convert old.bin new.bin
expect "convert of a current file" 4 "$KVSTORE" convert good.bin newer.bin
head -c 15 old.bin > old-torn.bin
expect "convert of a torn file, forced" 5 "$KVSTORE" convert --format plain32 old-torn.bin torn-new.bin
says out 'offset 10'
expect "what was good of it" 0 "$KVSTORE" torn-new.bin GET a
says out '1'

# Damaged after its first records: what it would answer may be old.
head -c 100 /dev/zero | tr '\0' '\377' | cat old.bin - > old-bad.bin
expect "an old file with damage, forced" 4 "$KVSTORE" --format plain32 old-bad.bin GET b
says err 'DAMAGED'
says err 'kvstore convert'

# --- what a repair has marked is told as long as it is there
"$KVSTORE" marked.bin 'SET whole lost-value' 'SET part begin' 'APPEND part lost-bytes' 'SET fine 1' > /dev/null
for text in lost-value lost-bytes; do
  flip marked.bin "$(grep -abo $text marked.bin | cut -d: -f1)"
done
"$KVSTORE" verify --repair --yes marked.bin > /dev/null 2>&1
expect "verify after the repair" 0 "$KVSTORE" verify marked.bin
says out '2 values are partly lost to earlier damage'
says out 'whole: 10 of 10 bytes lost, from position 0; reading them gives CORRUPT (GAP'
says out 'part: 10 of 15 bytes lost, from position 5; reading them gives CORRUPT (GAP'
expect "GET of a lost value" 1 "$KVSTORE" marked.bin GET whole
says err 'its value was lost to damage'
says err 'try: HISTORY key, UNDO key TO an older version'
expect "GET of a value that lost a part" 1 "$KVSTORE" marked.bin GET part
says err 'part of its value was lost to damage'
expect "READ of another part" 0 "$KVSTORE" marked.bin READ part 0 5
expect "EXISTS" 0 "$KVSTORE" marked.bin EXISTS whole part
says out 2
expect "STRLEN" 0 "$KVSTORE" marked.bin STRLEN part
says out 15
"$KVSTORE" marked.bin 'SET whole new' 'DELETE part'
expect "verify once they are written anew" 0 "$KVSTORE" verify marked.bin
says out 'marked.bin: intact'
grep -q 'earlier damage' out && fail "what was written anew is still marked"

# --- an increment goes on from values that it does not have: it is no database, nor becomes one
"$KVSTORE" whole.bin 'SET log one' > /dev/null
"$KVSTORE" backup -q whole.bin whole.kvs
"$KVSTORE" whole.bin 'APPEND log two' > /dev/null
"$KVSTORE" backup -q --since whole.kvs whole.bin more.inc
expect "salvage of an increment" 4 "$KVSTORE" verify --salvage of-more.bin more.inc
says err 'more.inc is not a database but an increment'
says err 'kvstore restore BACKUP more.inc OUT'
[ -e of-more.bin ] && fail "a salvage of an increment made a file"

# --- an older format is told apart from damage, and a dash is no file
printf '\1\0\0\0a\2\0\0\0bb\1\0\0\0c\2\0\0\0bb' > old32.bin
expect "verify of an older format" 4 "$KVSTORE" verify old32.bin
says err 'old32.bin is a file of the older format plain32'
says err 'kvstore convert old32.bin NEW'
expect "convert to stdout" 2 "$KVSTORE" convert old32.bin -
expect "salvage to stdout" 2 "$KVSTORE" verify --salvage - good.bin
expect "a database on stdin" 2 "$KVSTORE" - SET a 1
[ -e ./- ] && fail "a file called - was made"

[ -z "$(ls ./*.unfinished-* 2>/dev/null)" ] || fail "temporary files are left: $(ls ./*.unfinished-*)"
[ $failures = 0 ] && echo "all as it should be"
[ $failures = 0 ]
