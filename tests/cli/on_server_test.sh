#!/bin/bash
# kvstore put, get and delete; and that bench and replay log in and speak TLS as they do.
set -u
directory=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null; rm -rf "$directory"' EXIT
cd "$directory" || exit 1
unset KVSTORE_URL KVSTORE_PASSWORD
failures=0

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

serve() {  # options; sets $address, $server
  : > log
  "$KVSTORE" "$@" --sync none --listen 0 2> log &
  server=$!
  local _
  for _ in {1..200}; do
    address=$(sed -n 's/^kvstore: ready on \([^, ]*\).*/\1/p' log)
    [ -z "$address" ] || return 0
    sleep 0.05
  done
  cat log
  exit 1
}
stop() { kill "$server"; wait "$server" 2> /dev/null; }

# --- values, missing keys, what is wrong
serve plain.bin
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
expect 2 put a b --ttl 3; says '--ttl'
expect 2 get a --json; says '--json stands before KEY'
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
serve guarded.bin --tls-cert cert.pem --tls-key key.pem --password-file password --unix-socket s.sock
expect 4 get --connect "kvstores://$address" --tls-ca cert.pem k; says NOAUTH
expect 0 put --connect "kvstores://$address" --tls-ca cert.pem --password-file password k 1
export KVSTORE_URL="kvstores://default:open%20sesame@$address"
expect 0 get --tls-ca cert.pem k; prints 1
expect 0 bench fill --connect "$address" --tls --tls-ca cert.pem --password-file password --count 50 --no-chart
expect 0 bench fill --connect "unix:s.sock" --protocol resp --password-file password --count 50 --no-chart
unset KVSTORE_URL
expect 4 bench fill --connect "unix:s.sock" --count 50 --no-chart; says NOAUTH
"$KVSTORE" from.bin 'SET a 1' 'SET b 2'
for protocol in text resp; do
  expect 0 replay from.bin --to "kvstores://$address" --tls-ca cert.pem --password-file password --protocol $protocol
done
expect 0 replay from.bin --to unix:s.sock --password-file password
expect 4 replay from.bin --to unix:s.sock; says NOAUTH
expect 2 replay from.bin --to other.bin --tls; says 'are of a server'
expect 2 bench --tls fill; says 'are of a server'
expect 0 get --connect unix:s.sock --password-file password b; prints 2
KVSTORE_URL=unix://$PWD/s.sock KVSTORE_PASSWORD='open sesame' expect 0 get b; prints 2
stop
[ $failures = 0 ]
