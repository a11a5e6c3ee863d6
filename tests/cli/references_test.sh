#!/bin/bash
# Values that refer to others' bytes (COPY of large ones), from the outside: what UNDO and HISTORY take
# for a version, and files with such values that are repaired and compacted.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failures=0

fail() { echo "FAILED: $1"; failures=$((failures + 1)); }
kv() { timeout 60 "$KVSTORE" -q --no-init "$@"; }
large=$(printf 'v%.0s' $(seq 9000))

# --- What a transaction made of a key is one version, of how many records ever it consists.
{ printf 'SET a "%s"\nSET b old\nBEGIN\nCOPY a b REPLACE\nAPPEND b tail\nCOMMIT\n' "$large"; } | kv v.bin > /dev/null
[ "$(kv v.bin HISTORY b | awk '$1 == 3' | wc -l)" = 1 ] || fail "HISTORY shows a version twice: $(kv v.bin HISTORY b)"
kv v.bin UNDO b > /dev/null || fail "UNDO"
[ "$(kv v.bin GET b)" = old ] || fail "UNDO took back half of a version"

# --- The last record of a repaired file is a reference.
{ printf 'SET x "to be damaged"\nSET a "%s"\nAPPEND a tail\nCOPY a b\n' "$large"; } | kv r.bin > /dev/null
want=$(kv r.bin GET b | sha256sum)
printf 'Q' | dd of=r.bin bs=1 seek=$((4096 + 48 + 1 + 5)) conv=notrunc 2> /dev/null
"$KVSTORE" verify --repair -y r.bin > out 2>&1 || fail "repair: $(cat out)"
[ "$(kv r.bin GET b | sha256sum)" = "$want" ] || fail "a repair of another key lost the copy"
"$KVSTORE" verify r.bin > out 2>&1 || fail "verify after the repair: $(cat out)"

# --- A lost part behind a reference is kept as lost by a compaction, also behind the first MiB.
{ printf 'SET a "%s"\nCOPY a b\nAPPEND b lost\nAPPEND b more\nSET q 1\n' "$large"; } | kv g.bin > /dev/null
lost=$("$KVSTORE" verify --records g.bin | awk '$2 == "APPEND" { print $1; exit }')
head -c 3000000 /dev/zero | kv h.bin -x SET a > /dev/null
printf 'COPY a b\nSET a 1\nSET q 1\n' | kv h.bin > /dev/null
printf '\377' | dd of=g.bin bs=1 seek=$((lost + 20)) conv=notrunc 2> /dev/null
printf '\377' | dd of=h.bin bs=1 seek=2200000 conv=notrunc 2> /dev/null
for file in g h; do
  "$KVSTORE" verify --repair -y $file.bin > out 2>&1 || fail "repair of $file: $(cat out)"
  "$KVSTORE" compact -q --keep-history none $file.bin $file.new 2> err || fail "compaction of $file: $(cat err)"
  [ "$(kv $file.new READ b 0 100 | sha256sum)" = "$(kv $file.bin READ b 0 100 | sha256sum)" ] || fail "$file: b is another"
done

exit $((failures > 0))
