#!/bin/bash
# Version 1 of the format is what tests/golden holds. A golden file never changes and never
# disappears: its hash stands here, so that to change one takes two deliberate edits. And the
# program of today opens, verifies and reads each of them.
set -u
golden=$(cd "$(dirname "$0")/../golden" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
fail() { echo "FAILED: $1"; failures=$((failures + 1)); }

# A new golden file gets a line; no line is ever edited or taken away.
frozen='
4baf2362dc69e8988d313240230619c01519b1ae1419a40c5137d472d3f7611e  plain32/sample.bin
1df6db0bc2af0e25a3d8814381605165798b49f03bc05090e2db31a52b2d56cd  plain64/sample.bin
eb8730f1d46144e4b293bd41dd6c95b15dbffae863c883797cdc4d29bba9ff8d  v1/backup.kvs
231d9d35297a6ab59292126d2678eaa99822b966edf681a7126ddff96ef7cfd6  v1/cleared.kvs
4157cec80a25d3d7ff410125c20cf1605fac354af4ff4aed67c3b21d729ea26f  v1/cleared_noted.kvs
ccb18b595c0e9bbc993e855edce07847297c9de9e17c4d1b34f74b1d17c46588  v1/compacted.kvs
bb2431d1733b62bab444157db501d0fa540d02a0a8e2147ea3bc0306b970d502  v1/compressed.kvs
9ba6058dd46ac49ed514c3eb7cc6dce5b5bf308b93ae3127122dca574223a980  v1/everything.kvs
e8d30e192e2b218f4f9ffd44dd2df2b11c7a310d0342e9b714992c60be45bdb7  v1/example.kvs
afc42ef8727fe14a5b80b6fe96757644c58349cc4b84c4281ddc3f6c5c01f6b7  v1/increment.inc
c46b2d043c38bd3576883bec7022216549e7cd0d23b2deee706c8efde8926ac2  v1/referred.kvs
dd2ae282f06eabae2707c47dc45483c92e3585c92bfeb50647ff6b3019082d97  v1/referred_noted.kvs
7dfa783b0f724247cbc74401a9bd29a56190a9fdcfd9ff5d59213854c2da63d3  v1/sealed.kvs
667ec29b9499136b2f8d24a5a974da7027b8e6c4395358e12ea232488064958e  v1/shared.kvs
9c7e96c5c883c8bad4bc477401fff14cdd163f16778453526bf2a178d505988c  v1/sorted_set.kvs
c1fe3c998a011cb2276c4c7d8aebc2124519f4468b5d0375719bf22a6a51be4c  v1/unclosed.kvs
'
hashes() { sed '/^$/d' <<< "$frozen"; }

is_frozen() {  # directory: its files are those listed, byte for byte
  (cd "$1" && hashes | sha256sum --check --strict --quiet) > "$work/out" 2>&1 || return 1
  diff <(hashes | cut -c67- | sort) <(cd "$1" && find . -type f -printf '%P\n' | sort) >> "$work/out"
}

is_frozen "$golden" || { fail "the golden files are not those of version 1"; cat "$work/out"; }

# --- it would be noticed
cp -r "$golden" "$work/copy"
chmod -R u+w "$work/copy"
printf x | dd of="$work/copy/v1/example.kvs" bs=1 seek=100 conv=notrunc status=none
is_frozen "$work/copy" && fail "a changed byte is not noticed"
cp "$golden/v1/example.kvs" "$work/copy/v1/example.kvs"
touch "$work/copy/v1/new.kvs"
is_frozen "$work/copy" && fail "a file without a hash is not noticed"
rm "$work/copy/v1/new.kvs" "$work/copy/v1/unclosed.kvs"
is_frozen "$work/copy" && fail "a missing file is not noticed"

# --- every one opens, verifies and reads, and is not written to
reads() {  # file: it opens and lists keys
  "$KVSTORE" --read-only "$1" INFO > "$work/out" 2>&1 || fail "$1 does not open"
  "$KVSTORE" --read-only --json "$1" SCAN 0 COUNT 1000000 > "$work/out" 2> "$work/err" || fail "$1: no keys"
  [ "$(wc -c < "$work/out")" -gt 10 ] || fail "$1 lists no keys"
}
for file in "$golden"/v1/*.kvs; do
  "$KVSTORE" verify "$file" > "$work/out" || { fail "$file does not verify"; cat "$work/out"; }
  reads "$file"
  cp "$file" "$work/writable.kvs"
  chmod u+w "$work/writable.kvs"
  "$KVSTORE" "$work/writable.kvs" 'SET added later' 'GET added' > "$work/out" 2> "$work/err" ||
    fail "$file cannot be written"
  [ "$(cat "$work/out")" = later ] || fail "$file: a write does not read back"
  "$KVSTORE" verify "$work/writable.kvs" > "$work/out" || fail "$file, written, does not verify"
done
for file in "$golden"/plain*/*; do
  reads "$file"
  rm -f "$work/converted.kvs"
  "$KVSTORE" convert "$file" "$work/converted.kvs" > "$work/out" || fail "$file does not convert"
  "$KVSTORE" verify "$work/converted.kvs" > "$work/out" || fail "$file, converted, does not verify"
done
is_frozen "$golden" || fail "reading has changed a golden file"

[ "$failures" = 0 ] || { echo "$failures failures"; exit 1; }
