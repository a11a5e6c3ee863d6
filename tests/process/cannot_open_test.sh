#!/bin/bash
# Exit code 4 for every "cannot open", whoever wants to and why ever; and side files
# that nobody can read who could not read the database.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

expect_4() {  # the program's arguments
  "$KVSTORE" "$@" < /dev/null > out 2> error
  local code=$?
  [ "$code" = 4 ] || fail "$*: exit code $code, and it says $(cat error)"
  [ -s error ] || fail "$*: says nothing"
}

"$KVSTORE" data.bin SET a 1 || exit 1
ln -s loop2 loop1
ln -s loop1 loop2
mkdir directory
mkfifo pipe
long=$(printf 'n%.0s' {1..300})
: > file
for name in loop1 "$long" directory pipe '' none/data.bin file/data.bin; do
  expect_4 "$name" SET a 1
  expect_4 "$name" --listen 0
  expect_4 verify "$name"
  expect_4 convert "$name" new.bin
done
for name in loop1 "$long" directory pipe ''; do
  expect_4 "$name" GET a
  expect_4 --read-only "$name" GET a
done
expect_4 --read-only none.bin GET a
expect_4 verify --salvage none/out.bin data.bin
expect_4 data.bin --file none.kv
expect_4 data.bin --listen 0 --log-file directory
expect_4 connect 1 GET a
gzip -c data.bin > packed.bin
expect_4 packed.bin GET a
grep -q gzip error || fail "a compressed file is not told as that: $(cat error)"
expect_4 convert packed.bin new.bin
grep -q gzip error || fail "convert does not tell a compressed file: $(cat error)"
sed 's/$/\r/' data.bin > crlf.bin
expect_4 verify crlf.bin
grep -q CRLF error || fail "verify does not tell changed line ends: $(cat error)"

# Only the owner may read the database, and so what is cut from it.
umask 022
"$KVSTORE" private.bin SET a 1
chmod 600 private.bin
cp -p private.bin torn.bin
size=$(stat -c %s torn.bin)
printf 'half a record: password' >> torn.bin
"$KVSTORE" -q torn.bin SET b 2 || fail 'a torn file does not open'
for side in torn.bin.torn-*; do
  [ "$(stat -c %a "$side")" = 600 ] || fail "$side has mode $(stat -c %a "$side")"
  grep -q password "$side" || fail "$side lacks what was cut at $size"
done
"$KVSTORE" verify --salvage saved.bin private.bin > /dev/null
[ "$(stat -c %a saved.bin)" = 600 ] || fail "what is salvaged has mode $(stat -c %a saved.bin)"
printf '\1\0\0\0k\1\0\0\0v' > old.bin
chmod 640 old.bin
"$KVSTORE" convert old.bin converted.bin > /dev/null
[ "$(stat -c %a converted.bin)" = 640 ] || fail "what is converted has mode $(stat -c %a converted.bin)"

# A file that may only be read: reads open it so and say it, writes cannot open it.
cp data.bin shut.bin
chmod 444 shut.bin
chmod 755 .
reader=()
if [ "$(id -u)" = 0 ] && command -v setpriv > /dev/null; then
  reader=(setpriv --reuid=65534 --regid=65534 --clear-groups)
fi
if [ "$(id -u)" != 0 ] || [ ${#reader[@]} != 0 ] && "${reader[@]}" test -x "$KVSTORE"; then
  [ "$("${reader[@]}" "$KVSTORE" shut.bin GET a 2> error)" = 1 ] || fail "a file that may only be read"
  grep -q 'shut.bin may only be read' error || fail "it is not said that it may only be read: $(cat error)"
  "${reader[@]}" "$KVSTORE" shut.bin SET a 2 > out 2> error
  code=$?
  [ "$code" = 4 ] || fail "writing what may only be read has exit code $code: $(cat error)"
  grep -q PERMISSION error || fail "writing what may only be read says $(cat error)"
fi

[ "$failures" = 0 ]
