#!/bin/bash
# Nobody reads the server's standard error any more: a stopped pager, a terminal after Ctrl-S. Clients
# are served, SIGTERM ends it, and who reads on is told what he has missed.
set -u
. "$(dirname "$0")/../support/checks.sh"
folder=$(mktemp -d)
trap 'kill -9 $server $reader 2> /dev/null; rm -rf "$folder"' EXIT
cd "$folder" || exit 1

until_true() {
  for _ in {1..400}; do
    "$@" > /dev/null 2>&1 && return
    sleep 0.05
  done
  return 1
}
kv() { timeout 60 "$KVSTORE" connect ./socket -q "$@"; }

reader=
mkfifo errors
exec 9<> errors  # which keeps it open
"$KVSTORE" data.bin --listen 0 --unix-socket socket --sync none --log-level trace \
  < /dev/null 2> errors 9>&- &
server=$!
check 'the server starts' until_true kv PING
yes 'SET a 1' | head -3000 | kv --ack > answers
check 'commands are answered, though none of their lines is read' [ $? = 0 ]
check 'each of them' [ "$(grep -c OK answers)" = 3000 ]

timeout 60 cat errors > read.log 9>&- & reader=$!
said_so() { kv PING && grep -q 'lines were dropped here' read.log; }
check 'who reads again is told how many lines were dropped' until_true said_so
kill $reader
wait $reader 2> /dev/null
yes 'SET a 1' | head -3000 | kv --ack > answers
check 'once more' [ $? = 0 ]
kill $server
check 'SIGTERM ends it' wait $server
[ $failures = 0 ]
