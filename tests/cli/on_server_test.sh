#!/bin/bash
# kvstore put, get and delete; and that bench and replay log in and speak TLS as they do.
set -u
. "$(dirname "$0")/../support/checks.sh"
directory=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
unset KVSTORE_URL KVSTORE_PASSWORD

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

expect() {  # exit code, then kvstore's arguments; stdout in $output, stderr in $errors
  local code=$1
  shift
  output=$("$KVSTORE" "$@" 2> errors < "${input:-/dev/null}")
  local got=$?
  errors=$(cat errors)
  [ "$got" -eq "$code" ] || fail "kvstore $*: exit code $got, not $code: $output $errors"
}
prints() { [ "$output" = "$1" ] || fail "it printed '$output', not '$1'"; }
says() { [[ $errors == *"$1"* ]] || fail "it does not say '$1': $errors"; }

# --- values, missing keys, what is wrong
serve plain.bin || exit 1
export KVSTORE_URL=kvstore://$address
expect 0 put greeting 'hello world'; prints ''
expect 0 get greeting; prints 'hello world'
expect 0 put -- -5 -6
expect 0 get -- -5; prints -6
expect 0 put k -5
expect 0 get k; prints -5
expect 0 put empty ''
expect 0 get --json empty; prints '""'
printf '\000\001\n\377' > bytes
input=bytes expect 0 put photo -
"$KVSTORE" get --no-newline photo | cmp - bytes || fail "bytes changed"
input=bytes expect 0 put photo2
"$KVSTORE" get --no-newline photo2 | cmp - bytes || fail "bytes changed"
expect 0 put --ttl 1000 session alice
[ "$("$KVSTORE" connect TTL session)" -gt 900 ] || fail "no expiry"
expect 0 get --at 1 greeting; prints 'hello world'
expect 3 get nobody; prints ''; says 'there is no key'
expect 3 get -q nobody; prints ''; says ''
expect 3 get --json nobody; prints null
expect 0 delete greeting; prints ''
expect 3 delete greeting; says 'there is no key'
expect 2 get; says 'there is no KEY'
expect 2 get a b; says "too many words: 'b'"
expect 0 put a b --ttl 1000
[ "$("$KVSTORE" connect TTL a)" -gt 900 ] || fail "no expiry of an option after KEY"
expect 0 get a --json; prints '"b"'
expect 2 put a --ttl; says '--ttl'
expect 2 put a --nonsense; says 'unknown option --nonsense'
expect 2 put a -t; says 'unknown option -t'
expect 2 get --raw a; says 'try: --no-newline'
expect 1 get --at bogus a; says 'try: --at 1234'
expect 0 put dash -- -
expect 0 get dash; prints -
expect 0 put minus -5x
expect 0 get minus; prints -5x
expect 0 put a -- --ttl
expect 0 get a; prints --ttl
expect 2 put a; says 'standard input is empty'
expect 0 get a; prints --ttl
expect 0 put a -
expect 0 get --json a; prints '""'
expect 2 localhost:7878 SET a 1; says 'kvstore connect localhost:7878 SET a 1'
[ ! -e localhost:7878 ] || fail "an address became a file"
expect 1 setex.bin SETEX k 0 x; says 'SETEX key 60 value'
[[ $errors != *'EX 60'* ]] || fail "the hint is no command: $errors"
expect 2 verfy x.bin; says 'kvstore verify x.bin'
expect 2 x.bin --unix-socket s; says 'needs --listen or --http'
expect 4 x.bin --http "$address"; says 'another port: --http '
expect 2 x.bin --http 0.0.0.0:0; says '--http 127.0.0.1:PORT'
expect 2 --http 0 get a; says 'takes no command'
# These are about a server, also where the first word is a file of this directory.
"$KVSTORE" local.bin SET greeting hello
expect 2 get local.bin greeting; says 'try: kvstore local.bin GET greeting'
expect 2 put local.bin greeting hi; says 'try: kvstore local.bin SET greeting hi'
expect 0 put local.bin hello; says 'in the file of that name: kvstore local.bin SET KEY VALUE'
expect 0 get local.bin; prints hello; says ''
expect 0 delete local.bin
expect 3 get local.bin; says 'kvstore local.bin GET KEY'
expect 3 get -q local.bin; [ -z "$errors" ] || fail "-q says $errors"
expect 4 put --connect 127.0.0.1:1 local.bin hello; says 'try: kvstore local.bin SET KEY VALUE; or for a server: '
expect 3 get --at 1 nobody; says "there was no key 'nobody' then"
# After COMMAND an option is a word of it, which is said.
expect 1 late.bin SET a 1 --sync none; says 'options stand before the command: kvstore late.bin --sync none SET a 1'
[[ $errors != *'"1 --sync none"'* ]] || fail "the hint stores an option: $errors"
expect 0 late.bin SET a --json; says 'note: --json is a word of SET'
expect 0 -q late.bin SET a --json; [ -z "$errors" ] || fail "-q says $errors"
expect 0 late.bin -- SET a --json; [ -z "$errors" ] || fail "behind -- it says $errors"
expect 0 late.bin GET a; prints --json
expect 4 connect ./nosuch/x.sock PING; says 'kvstore data.bin --listen 0 --unix-socket ./nosuch/x.sock'
expect 4 connect nosuch/x.sock PING; says 'nosuch/x.sock'
expect 2 get --nonsense a; says 'nonsense'
expect 2 get --connect 'kvstore://u:p@h' a; says 'can be read by others'
expect 2 get --connect 'ftp://h' a; says "unknown scheme"
expect 4 get --connect 127.0.0.1:1 a; says NETWORK
"$KVSTORE" connect ZADD set 1 a > /dev/null
expect 1 get set; says TYPE
unset KVSTORE_URL
expect 0 get --connect "$address" k; prints -5
stop

# --- a password, TLS, a path
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem 2> /dev/null
(umask 077; printf 'open sesame\n' > password)
serve guarded.bin --tls-cert cert.pem --tls-key key.pem --password-file password --unix-socket s.sock || exit 1
expect 4 get --connect "kvstores://$address" --tls-ca cert.pem k; says NOAUTH
expect 0 put --connect "kvstores://$address" --tls-ca cert.pem --password-file password k 1
export KVSTORE_URL="kvstores://default:open%20sesame@$address"
expect 0 get --tls-ca cert.pem k; prints 1
expect 0 bench fill --connect "$address" --tls --tls-ca cert.pem --password-file password --count 50 --no-chart
expect 0 bench fill --connect "unix:s.sock" --protocol resp --password-file password --count 50 --no-chart
unset KVSTORE_URL
# The same failure of each tool: the same exit code and words, and no table.
printf 'wrong\n' > wrong
chmod 600 wrong
fails_alike() {  # what it says, options; the server's address in $at
  local say=$1
  shift
  expect 4 get --connect "$at" "$@" k; says "$say"
  expect 4 put --connect "$at" "$@" k 1; says "$say"
  expect 4 delete --connect "$at" "$@" k; says "$say"
  local protocol
  for protocol in text resp; do
    expect 4 bench fill --connect "$at" "$@" --count 50 --protocol $protocol; says "$say"; prints ''
    expect 4 replay from.bin --to "$at" "$@" --protocol $protocol; says "$say"; prints ''
  done
}
"$KVSTORE" from.bin 'SET a 1' 'SET b 2'
at=unix:s.sock
fails_alike $'unix:s.sock needs a password\n  try: --user NAME, --password-file FILE or $KVSTORE_PASSWORD'
expect 4 connect unix:s.sock GET k; says 'try: --user NAME, --password-file FILE or $KVSTORE_PASSWORD'
fails_alike '--user NAME, --password-file FILE' --password-file wrong
expect 4 connect unix:s.sock --password-file wrong PING; says WRONGPASS
at=$address
fails_alike "$address speaks TLS"$'\n'"  try: --tls, or kvstores://$address"
expect 4 connect "$address" PING; says "$address speaks TLS"
tls=$address tls_server=$server
serve web.bin --http 0 || exit 1
at=$(sed -n 's|^kvstore: ready on .* and http://\([^, ]*\).*|\1|p' log)
fails_alike 'on this port, but HTTP'
expect 4 connect "$at" PING; says 'the port of --listen'
stop
address=$tls server=$tls_server
for protocol in text resp; do
  expect 0 replay from.bin --to "kvstores://$address" --tls-ca cert.pem --password-file password --protocol $protocol
done
expect 0 replay from.bin --to unix:s.sock --password-file password
expect 2 replay from.bin --to other.bin --tls; says 'are of a server'
expect 2 bench --tls fill; says 'are of a server'
expect 0 get --connect unix:s.sock --password-file password b; prints 2
KVSTORE_URL=unix://$PWD/s.sock KVSTORE_PASSWORD='open sesame' expect 0 get b; prints 2

# --- a user who may write app:* alone, and one who may not write
"$KVSTORE" mixed.bin 'SET app:1 1' 'SET b 2' 'SET app:2 3'
printf 'wpw\n' > wpw
chmod 600 wpw
as_admin() { KVSTORE_PASSWORD='open sesame' "$KVSTORE" connect unix:s.sock "$@" > /dev/null; }
as_admin ACL SETUSER w on '>wpw' '~app:*' +@all
as_admin ACL SETUSER reader on '>wpw' '~*' +@read
for protocol in text resp; do
  expect 1 replay mixed.bin --to unix:s.sock --user w --password-file wpw --protocol $protocol
  says 'replayed 1 version, up to seq 1; --from 2 goes on there'
  [[ $errors != *'may have been made'* ]] || fail "what was refused is said to be made: $errors"
  expect 1 replay mixed.bin --to unix:s.sock --user reader --password-file wpw --protocol $protocol
  says 'nothing was replayed'
  expect 1 bench fill --connect unix:s.sock --user reader --password-file wpw --count 9 --protocol $protocol
  says NOPERM; prints ''
done
stop
[ $failures = 0 ]
