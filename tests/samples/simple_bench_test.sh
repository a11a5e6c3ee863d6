#!/bin/bash
# samples/simple_bench.py measures a server in both protocols, and leaves nothing behind.
set -eu
command -v python3 > /dev/null || exit 77
directory=$(mktemp -d)
trap 'kill $server 2> /dev/null; rm -rf "$directory"' EXIT
: > "$directory/log"
"$KVSTORE" "$directory/data.bin" --sync none --listen 0 2> "$directory/log" &
server=$!
for _ in {1..200}; do
  address=$(sed -n 's/^kvstore: ready on \([^,]*\),.*/\1/p' "$directory/log")
  [ -z "$address" ] || break
  sleep 0.05
done
for protocol in '' --resp; do
  output=$("$KVSTORE_SOURCE/samples/simple_bench.py" "$address" $protocol --seconds 0.3)
  [[ $output =~ ^SET:\ [0-9]+/s.*GET:\ [0-9]+/s ]] || { echo "it printed: $output"; exit 1; }
done
[ "$("$KVSTORE" connect "$address" COUNT)" = 0 ]
