#!/bin/bash
# The text protocol, spoken by hand: starts a server on a free port and talks to
# it with nc. Needs netcat-openbsd (nc -N ends its side after the input).
#
#   samples/nc-session.sh
set -eu
folder=$(mktemp -d)
"${KVSTORE:-kvstore}" "$folder/data.bin" --listen 0 2> "$folder/server.log" &
server=$!
trap 'kill $server 2> /dev/null; wait $server; rm -rf "$folder"' EXIT

# The server says on stderr where it listens.
for _ in $(seq 100); do
  port=$(sed -n 's/.*127\.0\.0\.1:\([0-9][0-9]*\).*/\1/p' "$folder/server.log" | head -n 1)
  [ -n "$port" ] && break
  sleep 0.1
done
[ -n "$port" ] || { cat "$folder/server.log"; exit 1; }

say() { printf '%s\n' "$@" | nc -N 127.0.0.1 "$port"; }

echo '--- one connection: append, read a part of it, delete'
say 'CREATE trades' \
  'APPEND trades 12' 'AAPL,189.20' '' \
  'READ trades 5 6' \
  'DELETE trades'

echo '--- a counted value, and one on the line'
say 'SET mykey 0 5' 'hello' 'GET mykey' 'SET key value' 'GET key'

echo '--- what is not there, and what is wrong'
say 'GET nothing' 'GET' 'FROB 1'
