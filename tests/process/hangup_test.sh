#!/bin/bash
# SIGHUP: the server opens its log file anew, as logrotate wants it, and goes on.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failures=0

fail() { echo "FAILED: $*"; failures=$((failures + 1)); }

until_true() {
  for _ in {1..200}; do
    "$@" && return
    sleep 0.05
  done
  return 1
}

start() {
  : > ready
  "$KVSTORE" data.bin --listen 0 "$@" < /dev/null 2> ready &
  server=$!
  until_true grep -q ready ready || fail 'the server did not start'
  port=$(sed -n 's/.*ready on 127.0.0.1:\([0-9]*\).*/\1/p' ready)
}

start --log-file server.log --log-level debug
mv server.log server.log.1
kill -HUP "$server"
until_true grep -q 'SIGHUP' server.log || fail 'the log file was not opened anew'
before=$(cat server.log.1)
"$KVSTORE" connect "$port" SET a 1 || fail 'the server does not go on'
until_true grep -q 'connection\|SET\|opened' server.log || fail "nothing is logged in the new file"
[ "$(cat server.log.1)" = "$before" ] || fail 'the old file is still written'
# Where there can be no new file, the old one goes on.
mkdir aside && mv server.log aside/ && mkdir server.log
kill -HUP "$server"
until_true grep -q 'goes on in the old file' aside/server.log || fail 'the log was lost'
kill "$server"
wait "$server" || fail "it ends with $?"
grep -q 'stopped' aside/server.log || fail 'its end is not in the log'

start
kill -HUP "$server"
until_true grep -q 'SIGHUP' ready || fail 'a server without a log file does not say it'
[ "$("$KVSTORE" connect "$port" GET a)" = 1 ] || fail 'a server without a log file does not go on'
kill "$server"
wait "$server" || fail "it ends with $?"

[ "$failures" = 0 ]
